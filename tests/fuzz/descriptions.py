"""Fuzzes offers and answers about the sound of a call with what the other side writes.

    python -m tests.fuzz.descriptions -max_total_time=60 [CORPUS_FOLDER]

An input is what we are willing to, then a description; see `firmness` for what must hold.
"""

from __future__ import annotations

import atheris

with atheris.instrument_imports(include=["media"]):
    from tests.fuzz.firmness import negotiate

from tests.fuzz.description_seeds import SEEDS
from tests.fuzz.fuzzing import fuzz

if __name__ == "__main__":
    fuzz(negotiate, SEEDS)
