"""What a device has played in one call, whole, once the call is over."""

from __future__ import annotations

import time
import wave
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tools.bench.errors import NoSoundHeard, Unreadable
from tools.bench.wav_layout import S16, WavLayout, read_wav_layout

Samples = NDArray[np.float32]

FILE_WITHIN_S = 3.0
LOOK_EVERY_S = 0.05


class Recording(Protocol):
    """Samples (full scale 1) of one call after the other."""

    def begin(self) -> None:
        """A call is about to start."""

    def end(self) -> tuple[Samples, int]:
        """What was played since then, and its rate in Hz; the call is over."""


class GrowingFile:
    """A .wav file that a device writes all the time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._from = 0

    def begin(self) -> None:
        """Note how long it is."""
        self._from = self._path.stat().st_size

    def end(self) -> tuple[Samples, int]:
        """What was added since."""
        data = self._path.read_bytes()
        layout = _layout(data, self._path)
        width = layout.sample_type.itemsize
        passed = max(self._from - layout.data_offset, 0) // width
        return _samples(data[layout.data_offset + passed * width :], layout), layout.rate_hz


class FilePerCall:
    """A folder in which each call leaves a .wav file, complete when the call is over."""

    def __init__(self, folder: Path, pattern: str, *, within_s: float = FILE_WITHIN_S) -> None:
        """`within_s`: how long after the call the file may take to be whole."""
        self._within_s = within_s
        self._folder = folder
        self._pattern = pattern
        self._known: set[Path] = set()

    def begin(self) -> None:
        """Note which files there are."""
        self._known = set(self._folder.glob(self._pattern))

    def end(self) -> tuple[Samples, int]:
        """The file that has been added since, once it grows no more.

        Raises:
            NoSoundHeard: there is none.
        """
        until = time.monotonic() + self._within_s
        size = -1
        while time.monotonic() < until:
            time.sleep(LOOK_EVERY_S)
            new = set(self._folder.glob(self._pattern)) - self._known
            if not new:
                continue
            path = max(new)
            if path.stat().st_size == size:
                return _finished(path)
            size = path.stat().st_size
        raise NoSoundHeard(f"the call left no {self._pattern}")


def _finished(path: Path) -> tuple[Samples, int]:
    """A file of 16 bits; of several channels the first one."""
    with wave.open(str(path)) as file:
        if file.getsampwidth() != S16.itemsize:
            raise Unreadable(f"{path.name} has samples of {file.getsampwidth()} octets, not 2")
        numbers = np.frombuffer(file.readframes(file.getnframes()), S16)
        samples = numbers[:: file.getnchannels()].astype(np.float32) / np.float32(32768)
        return samples, file.getframerate()


def _layout(data: bytes, path: Path) -> WavLayout:
    layout = read_wav_layout(data)
    if layout is None:
        raise Unreadable(f"{path.name} has no samples yet")
    return layout


def _samples(data: bytes, layout: WavLayout) -> Samples:
    whole = len(data) - len(data) % layout.sample_type.itemsize
    scale = np.float32(32768 if layout.sample_type == S16 else 1)
    return np.frombuffer(data[:whole], layout.sample_type).astype(np.float32) / scale
