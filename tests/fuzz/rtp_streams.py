"""Fuzzes a call's sound with datagrams of RTP, RTCP and DTLS from anywhere.

    python -m tests.fuzz.rtp_streams -max_total_time=60 [CORPUS_FOLDER]

An input is the kind of stream, then datagrams: how each comes, its length, itself. See `composure`
for the bits and for what must hold.
"""

from __future__ import annotations

import atheris

with atheris.instrument_imports(include=["media"]):
    from tests.fuzz.composure import endure_datagrams

from tests.fuzz.datagram_seeds import SEEDS
from tests.fuzz.fuzzing import fuzz

if __name__ == "__main__":
    fuzz(endure_datagrams, SEEDS)
