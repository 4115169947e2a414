"""`wav:PATH`: a file in place of a loudspeaker or a microphone."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from media.clips.clip import ClipError, load_clip
from media.clips.clip_player import ClipPlayer
from media.devices.device import SoundDeviceError
from media.devices.pacing import CardBuffer
from media.devices.virtual import Virtual
from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray

_SAMPLE_BYTES: Final = 2
_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
_WRITTEN_TOGETHER: Final = 5
"""Frames to one write to the file: a reader is at most 50 ms behind."""

LONGEST_BYTES: Final = (0xFFFF_FFFF - _HEADER.size) // 2 * 2
"""What a RIFF header can tell: 12 hours."""


def _header(data_bytes: int) -> bytes:
    """A header for 48 kHz, mono, 16 bit."""
    return _HEADER.pack(
        b"RIFF", _HEADER.size - 8 + data_bytes, b"WAVE",
        b"fmt ", 16, 1, 1, RATE_HZ, RATE_HZ * _SAMPLE_BYTES, _SAMPLE_BYTES, 8 * _SAMPLE_BYTES,
        b"data", data_bytes,
    )  # fmt: skip


class WavOutput(Virtual):
    """Writes what is played, silence where a card would have run empty.

    The file can be read at any time: its header tells the length of what is there. It ends at
    `LONGEST_BYTES`; from then on the device is in trouble.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._buffer = CardBuffer()
        self._pending = bytearray()
        self._written = 0
        self._trouble = ""
        self._scaled = np.empty(FRAME_SAMPLES, dtype=np.float32)
        self._pcm = np.empty(FRAME_SAMPLES, dtype="<i2")

    @property
    def underruns(self) -> int:
        """Ticks that came too late for a card."""
        return self._buffer.underruns

    def open(self) -> None:
        """Begin the file anew.

        Raises:
            SoundDeviceError: it cannot be written.
        """
        try:
            self._file = Path(self._path).open("wb", buffering=0)  # noqa: SIM115  (until close)
            self._file.write(_header(0))
        except OSError as problem:
            raise SoundDeviceError(f"output wav:{self._path}: {problem.strerror}") from problem

    def write(self, frame: FloatArray | None, now: float) -> None:
        """Take a frame; every few of them go to the file together."""
        self._append_silence(self._buffer.write(now))
        if frame is None:
            self._append_silence(FRAME_SAMPLES)
        else:
            np.multiply(frame, np.float32(32767.0), out=self._scaled)
            np.rint(self._scaled, out=self._scaled)
            np.clip(self._scaled, -32768.0, 32767.0, out=self._scaled)
            self._pcm[:] = self._scaled
            self._pending += self._pcm.data
        if len(self._pending) >= _WRITTEN_TOGETHER * FRAME_SAMPLES * _SAMPLE_BYTES:
            self._flush()

    def trouble(self, now: float) -> str:  # noqa: ARG002
        """Why the file no longer grows."""
        return self._trouble

    def close(self) -> None:
        """Write what is left."""
        if self._file is not None:
            self._flush()
            self._file.close()
            self._file = None

    def _append_silence(self, samples: int) -> None:
        room = LONGEST_BYTES - self._written - len(self._pending)
        self._pending += bytes(min(samples * _SAMPLE_BYTES, max(room, 0)))

    def _flush(self) -> None:
        """Append what waits, then tell of it in the header, so that the header never lies ahead."""
        if self._file is None or not self._pending:
            self._pending.clear()
            return
        if self._written + len(self._pending) > LONGEST_BYTES:
            self._trouble = f"wav:{self._path} is full: {self._written} bytes is all a header tells"
        else:
            try:
                self._file.seek(_HEADER.size + self._written)
                written = self._file.write(self._pending)
                self._written += written - written % _SAMPLE_BYTES
                self._file.seek(0)
                self._file.write(_header(self._written))
            except OSError as problem:
                self._trouble = f"wav:{self._path}: {problem.strerror}"
            else:
                self._trouble = ""
        self._pending.clear()


class WavInput(Virtual):
    """Plays a file of any kind, rate and number of channels as the microphone, over and over."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._player: ClipPlayer | None = None

    def open(self) -> None:
        """Decode the whole file; it begins with the first frame that is read.

        Raises:
            SoundDeviceError: it cannot be read.
        """
        try:
            self._player = ClipPlayer(load_clip(Path(self._path)), repeat=-1)
        except ClipError as problem:
            raise SoundDeviceError(f"input {problem}") from problem

    def read(self, into: FloatArray, played: FloatArray | None, now: float) -> None:  # noqa: ARG002
        """Give the next frame of the file."""
        if self._player is None:
            into.fill(0.0)
        else:
            np.copyto(into, self._player.next_frame())
