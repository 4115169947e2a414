"""Speech to send: sentences of several voices, one behind the other with pauses between."""

from __future__ import annotations

import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.bench.errors import CannotDo, Unreadable
from tools.bench.wav_layout import S16, read_wav_layout

Samples = NDArray[np.float32]

RATE_HZ = 16000
LEVEL_DB = -26.0
"""RMS of each voice below full scale, as ITU-T P.862 has it."""
PAUSE_S = 0.5
AT_MOST_S = 5.0

RECORDED = Path("/usr/share/sounds/linphone/hello16000.wav")
"""A person, in the package of the phone that the tests call with."""

SPOKEN = {
    "en-us+f3": "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue wall.",
    "en-gb": "It is easy to tell the depth of a well. The juice of lemons makes fine punch.",
}
"""By voices of espeak-ng; sentences of the Harvard lists (IEEE 297-1969)."""


@dataclass(frozen=True, slots=True)
class Speech:
    """All voices, and where in them each one speaks (with half a pause on either side)."""

    samples: Samples
    """At 16 kHz."""
    places: tuple[slice, ...]


def speech() -> Speech:
    """The same each time on the same machine.

    Raises:
        CannotDo: espeak-ng or the package scipy is not installed.
    """
    parts = [_person()] if RECORDED.exists() else []
    parts += [_spoken(voice, words) for voice, words in SPOKEN.items()]
    pause = np.zeros(round(PAUSE_S * RATE_HZ), dtype=np.float32)
    samples, places = [pause], []
    at = pause.size
    for part in parts:
        places.append(slice(at - pause.size // 2, at + part.size + pause.size // 2))
        samples += [part, pause]
        at += part.size + pause.size
    return Speech(np.concatenate(samples), tuple(places))


def resampled(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """The same sound at another rate.

    Raises:
        CannotDo: the package scipy is not installed.
    """
    if from_hz == to_hz:
        return samples
    try:
        from scipy.signal import resample_poly  # noqa: PLC0415  (only for this figure)
    except ImportError as error:
        raise CannotDo("the package scipy is not installed") from error
    common = int(np.gcd(from_hz, to_hz))
    return np.asarray(resample_poly(samples, to_hz // common, from_hz // common), np.float32)


def write_wav(path: Path, samples: Samples) -> None:
    """Sound at 16 kHz as a file of 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())


def _person() -> Samples:
    return _levelled(*_read(RECORDED))


def _spoken(voice: str, words: str) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "voice.wav"
        command = ["espeak-ng", "-v", voice, "-s", "160", "-w", str(path), words]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except FileNotFoundError as error:
            raise CannotDo("espeak-ng is not installed") from error
        return _levelled(*_read(path))


def _read(path: Path) -> tuple[Samples, int]:
    data = path.read_bytes()
    layout = read_wav_layout(data)
    if layout is None or layout.sample_type != S16:
        raise Unreadable(f"{path} has no samples of 16 bits")
    samples = np.frombuffer(data[layout.data_offset :], S16).astype(np.float32) / np.float32(32768)
    return samples, layout.rate_hz


def _levelled(samples: Samples, rate_hz: int) -> Samples:
    sound = resampled(samples, rate_hz, RATE_HZ)[: round(AT_MOST_S * RATE_HZ)]
    return np.asarray(sound * 10 ** (LEVEL_DB / 20) / np.sqrt(np.mean(sound**2)), np.float32)
