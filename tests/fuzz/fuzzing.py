"""How each fuzzer is run."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris


def fuzz(take: Callable[[bytes], None], seeds: Iterable[bytes]) -> None:
    """Run atheris with the arguments of the command line; without a folder, `seeds` are the start.

    Does not return.
    """
    with tempfile.TemporaryDirectory() as folder:
        arguments = list(sys.argv)
        if all(argument.startswith("-") for argument in arguments[1:]):
            for number, seed in enumerate(seeds):
                (Path(folder) / str(number)).write_bytes(seed)
            arguments.append(folder)
        atheris.Setup(arguments, take)
        atheris.Fuzz()
