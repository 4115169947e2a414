"""What a device plays, read while it plays: a growing .wav file, or a pipe of raw samples."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.bench.errors import NoSoundHeard
from tools.bench.play_time import PlayTime
from tools.bench.wav_layout import S16, WavLayout, read_wav_layout

if TYPE_CHECKING:
    from pathlib import Path

Samples = NDArray[np.float32]

LOUD = 0.02
"""Sound, as against dither and the noise of a codec at rest: -34 dBFS."""
LOOK_EVERY_S = 0.0005
READ_AT_MOST = 1 << 20

FRAME_S = 0.01
"""The speaker hands sound to its device in frames of 10 ms."""


def first_loud(samples: Samples) -> int | None:
    """The place of the first sample (full scale 1) that sounds; None when none does."""
    loud = np.abs(samples) >= LOUD
    place = int(np.argmax(loud)) if loud.size else 0
    return place if loud.size and loud[place] else None


class SoundTap(ABC):
    """Reads what a device plays, as it plays it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @abstractmethod
    def next_loud(self) -> float | None:
        """Read on; when (monotonic seconds) the first loud sample was given out; None: none was."""

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)

    def wait_for_sound(self, timeout_s: float) -> float:
        """When (monotonic seconds) the next loud sample was given out to be played.

        Raises:
            NoSoundHeard: none within `timeout_s`.
        """
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            loud_at = self.next_loud()
            if loud_at is not None:
                return loud_at
            time.sleep(LOOK_EVERY_S)
        raise NoSoundHeard(f"nothing was played within {timeout_s:g} s")

    def wait_for_silence(self, length_s: float, timeout_s: float = 30.0) -> None:
        """Return once nothing loud has been played for `length_s`.

        Raises:
            NoSoundHeard: the sound does not end within `timeout_s`.
        """
        quiet_since = start = time.monotonic()
        while (now := time.monotonic()) - quiet_since < length_s:
            if self.next_loud() is not None:
                quiet_since = now
            if now - start > timeout_s:
                raise NoSoundHeard(f"no silence within {timeout_s:g} s")
            time.sleep(LOOK_EVERY_S)


class WavTap(SoundTap):
    """Reads a .wav file that a device writes as it plays."""

    def __init__(self, path: Path) -> None:
        super().__init__(os.open(path, os.O_RDONLY))
        self._layout: WavLayout | None = None
        self._play_time: PlayTime | None = None
        self._samples_read = 0

    def next_loud(self) -> float | None:
        """Read on; the time is that of the frame which holds the sample, by the file's own pace."""
        if self._layout is None or self._play_time is None:
            self._layout = read_wav_layout(os.pread(self._descriptor, READ_AT_MOST, 0))
            self._play_time = PlayTime(self._layout.rate_hz) if self._layout else None
            return None
        width = self._layout.sample_type.itemsize
        at = self._layout.data_offset + self._samples_read * width
        data = os.pread(self._descriptor, READ_AT_MOST, at)
        count = len(data) // width
        if not count:
            return None
        place = first_loud(_floats(data[: count * width], self._layout))
        begin, self._samples_read = self._samples_read, self._samples_read + count
        self._play_time.seen(time.monotonic(), self._samples_read)
        if place is None:
            return None
        frame = int(FRAME_S * self._layout.rate_hz)
        last_of_frame = (begin + place) // frame * frame + frame - 1
        return self._play_time.end_of(last_of_frame)


class PipeTap(SoundTap):
    """Reads 16 bit samples from a named pipe, which shows each of them at once."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path, 0o600)
        super().__init__(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        self._odd = b""

    def next_loud(self) -> float | None:
        """Read on; the time is now."""
        try:
            data = self._odd + os.read(self._descriptor, READ_AT_MOST)
        except BlockingIOError:  # the writer pauses
            return None
        whole = len(data) - len(data) % S16.itemsize
        self._odd = data[whole:]
        samples = np.frombuffer(data[:whole], S16).astype(np.float32) / np.float32(32768)
        return None if first_loud(samples) is None else time.monotonic()


def _floats(data: bytes, layout: WavLayout) -> Samples:
    scale = np.float32(32768 if layout.sample_type == S16 else 1)
    return np.frombuffer(data, layout.sample_type).astype(np.float32) / scale
