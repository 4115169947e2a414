"""Clips: sound files of any common kind, decoded to samples of the engine.

The decoder runs in a process of its own. It was measured: PyAV and its libraries cost the
speaker 17 MB of memory from the first import on and for ever, and a file that somebody uploads
meets a quarter of a million lines of C there. The price is the start of a Python interpreter.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from media.clips.facts import ClipFacts
from media.errors import MediaError
from media.frame import RATE_HZ, FloatArray

LONGEST_S: Final = 1800
"""Half an hour: announcements and background music by the file, not radio."""

RESIDENT_S: Final = 60
"""A longer clip is not held in memory but mapped from a temporary file: the system keeps in memory
what is played just now, and 345 MB for half an hour stay on the disk."""

DECODING_LIMIT_S: Final = 600.0
"""In real time: the decoder gives way to everything else, and so may wait for the processor for
most of it."""

SAMPLE_BYTES: Final = 4
_LOOK_EVERY_S: Final = 0.2

_DECODER: Final = (sys.executable, "-m", "media.clips.clip_decoder")
_ENDINGS: Final = {
    -signal.SIGXCPU: "decoding it takes longer than of any clip should",
    -signal.SIGXFSZ: "its sound does not fit",
}


class ClipError(MediaError):
    """A file cannot be played as a clip; the message names it and says why."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.reason = reason
        """Without the file's name."""


def load_clip(path: Path, *, longest_s: float = LONGEST_S) -> FloatArray:
    """Decode a file to mono samples at 48 kHz, read-only. Waits: not for a thread with a loop.

    Raises:
        ClipError: no such file, no sound in it, cut short, damaged, or longer than `longest_s`.
    """
    with tempfile.TemporaryFile() as decoded:
        _decode(path, decoded, longest_s)
        size = decoded.seek(0, os.SEEK_END) // SAMPLE_BYTES
        decoded.seek(0)
        if size <= RESIDENT_S * RATE_HZ:
            samples = np.fromfile(decoded, dtype=np.float32)
            samples.flags.writeable = False
            return samples
        return np.asarray(np.memmap(decoded, dtype=np.float32, mode="r"))


def decode_clip(
    path: Path,
    into: BinaryIO,
    *,
    longest_s: float = LONGEST_S,
    gently: bool = False,
    is_given_up: Callable[[], bool] = lambda: False,
) -> ClipFacts:
    """Decode a file as `load_clip` does, into an empty one, and tell what is known of the clip.

    `gently`: other programs come first, as nobody waits for the clip to be heard.

    `is_given_up` is asked some times a second; it stops the decoder.

    Raises:
        ClipError: as of `load_clip`; or it was given up.
    """
    wanted = ("measure", "gently") if gently else ("measure",)
    told = _decode(path, into, longest_s, *wanted, is_given_up=is_given_up)
    try:
        return ClipFacts.parse(told)
    except ValueError as problem:
        raise ClipError(str(path), f"the decoder said {told[:80]!r}") from problem


def _decode(
    path: Path,
    into: BinaryIO,
    longest_s: float,
    *wanted: str,
    is_given_up: Callable[[], bool] = lambda: False,
) -> str:
    """Fill `into` with the samples; the last line that the decoder says."""
    if not path.is_file():
        raise ClipError(str(path), "no such file")
    if not path.stat().st_size:
        raise ClipError(str(path), "the file is empty")
    with subprocess.Popen(  # noqa: S603  (our own module, no shell)
        [*_DECODER, str(path.resolve()), str(longest_s), *wanted],
        stdin=subprocess.DEVNULL,
        stdout=into,
        stderr=subprocess.PIPE,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # memory for threads it never has
    ) as decoder:
        try:
            told = _last_line(_waited_for(decoder, is_given_up))
        except TimeoutError as late:
            raise ClipError(str(path), str(late)) from late
        finally:
            decoder.kill()
    if decoder.returncode:
        reason = _ENDINGS.get(decoder.returncode, "the decoder crashed")
        raise ClipError(str(path), told if decoder.returncode == 1 and told else reason)
    if not into.seek(0, os.SEEK_END):
        raise ClipError(str(path), "there is no sound in it")
    return told


def _waited_for(decoder: subprocess.Popen[bytes], is_given_up: Callable[[], bool]) -> bytes:
    """What the decoder says on standard error, when it has ended."""
    ends_at = time.monotonic() + DECODING_LIMIT_S
    while True:
        try:
            return decoder.communicate(timeout=_LOOK_EVERY_S)[1]
        except subprocess.TimeoutExpired:
            if is_given_up():
                raise TimeoutError("given up, as the speaker stops") from None
            if time.monotonic() > ends_at:
                raise TimeoutError(f"not decoded within {DECODING_LIMIT_S:.0f} s") from None


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
