"""Fuzzes a call's sound with datagrams of RTP, RTCP and DTLS from anywhere.

    python -m tests.fuzz.rtp_streams -max_total_time=60 [CORPUS_FOLDER]

An input is the kind of stream, then datagrams: how each comes, its length, itself. See `composure`
for the bits and for what must hold.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["media"]):
    from tests.fuzz.composure import endure_datagrams

from tests.fuzz.datagram_seeds import SEEDS


def main() -> None:
    """Run atheris with the arguments of the command line."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = list(sys.argv)
        if all(argument.startswith("-") for argument in arguments[1:]):
            for number, seed in enumerate(SEEDS):
                (Path(folder) / str(number)).write_bytes(seed)
            arguments.append(folder)
        atheris.Setup(arguments, endure_datagrams)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
