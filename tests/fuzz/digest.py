"""Fuzzes Digest with what the other side writes into a challenge, or into its credentials.

    python -m tests.fuzz.digest -max_total_time=60 [CORPUS_FOLDER]

An input is header fields as they stand on the wire; see `resistance` for what must hold.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sip"]):
    from tests.fuzz.resistance import SEEDS, resist


def main() -> None:
    """Run atheris with the arguments of the command line."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = list(sys.argv)
        if all(argument.startswith("-") for argument in arguments[1:]):
            for number, seed in enumerate(SEEDS):
                (Path(folder) / str(number)).write_bytes(seed)
            arguments.append(folder)
        atheris.Setup(arguments, resist)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
