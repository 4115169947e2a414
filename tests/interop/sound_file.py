"""WAV files as arrays."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = 32768.0
Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono sound; full scale is 1.0."""

    samples: Samples
    rate_hz: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz

    def between(self, start_s: float, end_s: float) -> "Sound":
        """The part from `start_s` to `end_s`."""
        first, last = round(start_s * self.rate_hz), round(end_s * self.rate_hz)
        return Sound(self.samples[first:last], self.rate_hz)

    def after_silence(self, duration_s: float) -> "Sound":
        """The same with silence in front."""
        silence = np.zeros(round(duration_s * self.rate_hz))
        return Sound(np.concatenate([silence, self.samples]), self.rate_hz)

    @property
    def peak(self) -> float:
        """The largest magnitude, 0 to 1."""
        return float(np.max(np.abs(self.samples), initial=0.0))


def read_sound(path: Path) -> Sound:
    """Read a 16-bit WAV; of several channels the first."""
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{path}: {file.getsampwidth() * 8} bits a sample instead of 16")
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        first = data.reshape(-1, file.getnchannels())[:, 0]
        return Sound(first.astype(np.float64) / FULL_SCALE, file.getframerate())


def write_sound(path: Path, sound: Sound) -> None:
    """Write a 16-bit mono WAV; what is beyond full scale is clipped."""
    data = np.clip(np.round(sound.samples * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sound.rate_hz)
        file.writeframes(data.astype("<i2").tobytes())
