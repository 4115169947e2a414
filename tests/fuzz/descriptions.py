"""Fuzzes offers and answers about the sound of a call with what the other side writes.

    python -m tests.fuzz.descriptions -max_total_time=60 [CORPUS_FOLDER]

An input is what we are willing to, then a description; see `firmness` for what must hold.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["media"]):
    from tests.fuzz.firmness import negotiate

from tests.fuzz.description_seeds import SEEDS


def main() -> None:
    """Run atheris with the arguments of the command line."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = list(sys.argv)
        if all(argument.startswith("-") for argument in arguments[1:]):
            for number, seed in enumerate(SEEDS):
                (Path(folder) / str(number)).write_bytes(seed)
            arguments.append(folder)
        atheris.Setup(arguments, negotiate)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
