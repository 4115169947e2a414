"""Clips: sound files of any common kind, decoded to samples of the engine.

The decoder runs in a process of its own. It was measured: PyAV and its libraries cost the
speaker 17 MB of memory from the first import on and for ever, and a file that somebody uploads
meets a quarter of a million lines of C there. The price is the start of a Python interpreter.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import numpy as np

from media.clips.loudness import Loudness
from media.errors import MediaError
from media.frame import RATE_HZ, FloatArray

LONGEST_S: Final = 1800
"""Half an hour: announcements and background music by the file, not radio."""

RESIDENT_S: Final = 60
"""A longer clip is not held in memory but mapped from a temporary file: the system keeps in memory
what is played just now, and 345 MB for half an hour stay on the disk."""

DECODING_LIMIT_S: Final = 120.0
"""Half an hour of MP3 takes some 5 s here and its loudness 4 s more; small boards are eight times
slower."""

_DECODER: Final = (sys.executable, "-m", "media.clips.clip_decoder")
_SAMPLE_BYTES: Final = 4


class ClipError(MediaError):
    """A file cannot be played as a clip; the message names it and says why."""


def load_clip(path: Path, *, longest_s: float = LONGEST_S) -> FloatArray:
    """Decode a file to mono samples at 48 kHz, read-only. Waits: not for a thread with a loop.

    Raises:
        ClipError: no such file, no sound in it, cut short, damaged, or longer than `longest_s`.
    """
    samples, _ = _decode(path, longest_s)
    return samples


def load_measured_clip(path: Path, *, longest_s: float = LONGEST_S) -> tuple[FloatArray, Loudness]:
    """As `load_clip`, and tells how loud the clip is."""
    samples, told = _decode(path, longest_s, "measure")
    integrated_lufs, true_peak_db = map(float, told.split())
    return samples, Loudness(integrated_lufs, true_peak_db)


def _decode(path: Path, longest_s: float, *wanted: str) -> tuple[FloatArray, str]:
    """The samples, and the last line that the decoder says."""
    if not path.is_file():
        raise ClipError(f"{path}: no such file")
    if not path.stat().st_size:
        raise ClipError(f"{path}: the file is empty")
    with tempfile.TemporaryFile() as decoded:
        try:
            done = subprocess.run(  # noqa: S603  (our own module, no shell)
                [*_DECODER, str(path.resolve()), str(longest_s), *wanted],
                stdin=subprocess.DEVNULL,
                stdout=decoded,
                stderr=subprocess.PIPE,
                timeout=DECODING_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise ClipError(f"{path}: not decoded within {DECODING_LIMIT_S:.0f} s") from late
        told = _last_line(done.stderr)
        if done.returncode:
            raise ClipError(f"{path}: {told or 'the decoder crashed'}")
        size = decoded.seek(0, 2) // _SAMPLE_BYTES
        if not size:
            raise ClipError(f"{path}: there is no sound in it")
        decoded.seek(0)
        if size <= RESIDENT_S * RATE_HZ:
            samples = np.fromfile(decoded, dtype=np.float32)
            samples.flags.writeable = False
            return samples, told
        return np.asarray(np.memmap(decoded, dtype=np.float32, mode="r")), told


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
