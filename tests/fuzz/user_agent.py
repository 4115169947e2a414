"""Fuzzes the user agent with whole conversations of a hostile peer.

    python -m tests.fuzz.user_agent -max_total_time=60 [CORPUS_FOLDER]

An input is a number of datagrams with three zero octets between them. The agent has a call that it
placed, one that it is in and one that rings; see `endurance` for what must hold in the end.
"""

from __future__ import annotations

from typing import Final

import atheris

with atheris.instrument_imports(include=["sip"]):
    from tests.fuzz.endurance import SEEDS, endure

from tests.fuzz.fuzzing import fuzz

BETWEEN: Final = b"\0\0\0"
MAXIMUM_DATAGRAMS: Final = 32


def converse(data: bytes) -> None:
    """Take one input of the fuzzer."""
    endure(data.split(BETWEEN)[:MAXIMUM_DATAGRAMS])


if __name__ == "__main__":
    fuzz(converse, (*SEEDS, BETWEEN.join(SEEDS)))
