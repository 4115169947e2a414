"""Fuzzes the user agent with whole conversations of a hostile peer.

    python -m tests.fuzz.user_agent -max_total_time=60 [CORPUS_FOLDER]

An input is a number of datagrams with three zero octets between them. The agent has a call that it
placed, one that it is in and one that rings; see `endurance` for what must hold in the end.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

import atheris

with atheris.instrument_imports(include=["sip"]):
    from tests.fuzz.endurance import SEEDS, endure

BETWEEN: Final = b"\0\0\0"
MAXIMUM_DATAGRAMS: Final = 32


def converse(data: bytes) -> None:
    """Take one input of the fuzzer."""
    endure(data.split(BETWEEN)[:MAXIMUM_DATAGRAMS])


def main() -> None:
    """Run atheris with the arguments of the command line."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = list(sys.argv)
        if all(argument.startswith("-") for argument in arguments[1:]):
            for number, seed in enumerate((*SEEDS, BETWEEN.join(SEEDS))):
                (Path(folder) / str(number)).write_bytes(seed)
            arguments.append(folder)
        atheris.Setup(arguments, converse)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
