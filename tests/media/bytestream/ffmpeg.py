"""Sound in every format of a stream, by a program that we did not write."""

import subprocess

import numpy as np

from media.frame import FloatArray


def encoded(sound: FloatArray, rate_hz: int, *arguments: str) -> bytes:
    """What ffmpeg makes of it."""
    return _run(sound.tobytes(), "-f", "f32le", "-ar", str(rate_hz), "-i", "-", *arguments)


def decoded(data: bytes, rate_hz: int, *arguments: str) -> FloatArray:
    """What ffmpeg hears in it; `arguments` say what it is."""
    raw = _run(data, *arguments, "-i", "-", "-f", "f32le", "-ac", "1", "-ar", str(rate_hz))
    return np.frombuffer(raw, dtype=np.float32)


def _run(data: bytes, *arguments: str) -> bytes:
    command = ["ffmpeg", "-v", "error", *arguments, "-"]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout
