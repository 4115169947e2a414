"""Fuzzes Digest with what the other side writes into a challenge, or into its credentials.

    python -m tests.fuzz.digest -max_total_time=60 [CORPUS_FOLDER]

An input is header fields as they stand on the wire; see `resistance` for what must hold.
"""

from __future__ import annotations

import atheris

with atheris.instrument_imports(include=["sip"]):
    from tests.fuzz.resistance import SEEDS, resist

from tests.fuzz.fuzzing import fuzz

if __name__ == "__main__":
    fuzz(resist, SEEDS)
