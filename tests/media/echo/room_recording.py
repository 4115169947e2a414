"""What a microphone hears in a simulated room, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from media.devices.room import RoomInput
from media.devices.wav import WavOutput
from media.echo.canceller import EchoCanceller
from media.frame import FRAME_SAMPLES, PAIR_SAMPLES, RATE_HZ, TICK_S, FloatArray, silence
from tests.media.synthetic_voice import voice

LEVEL = 0.1  # of voices, RMS


@dataclass
class Recording:
    """The loudspeaker, the microphone that hears it, and who speaks into that."""

    far: FloatArray
    microphone: FloatArray
    near: FloatArray


def far_voice(seconds: float) -> FloatArray:
    """Somebody at the telephone."""
    return _levelled(voice(RATE_HZ, seconds, pitch_hz=110.0), LEVEL)


def near_voice(seconds: float, level: float = LEVEL / 2) -> FloatArray:
    """Somebody before the speaker, as loud as the echo of the usual room."""
    return _levelled(np.roll(voice(RATE_HZ, seconds, pitch_hz=205.0), RATE_HZ // 7), level)


def _levelled(sound: FloatArray, level: float) -> FloatArray:
    return np.asarray(sound * (level / np.sqrt(np.mean(sound**2))), dtype=np.float32)


def record(tmp_path: Path, query: str, far: FloatArray, near: FloatArray | None) -> Recording:
    """Play `far` in the room that `query` says, with `near` in it."""
    near = silence(far.size) if near is None else near
    path = tmp_path / "near.wav"
    file = WavOutput(str(path))
    file.open()
    for number, start in enumerate(range(0, near.size, FRAME_SAMPLES)):
        file.write(near[start : start + FRAME_SAMPLES], number * TICK_S)
    file.close()
    room = RoomInput(f"{path}?{query}")
    room.open()
    microphone = np.empty_like(far)
    for start in range(0, far.size, FRAME_SAMPLES):
        frame = slice(start, start + FRAME_SAMPLES)
        room.read(microphone[frame], far[frame], 0.0)
    return Recording(far, microphone, near)


def cancelled(canceller: EchoCanceller, recording: Recording) -> FloatArray:
    """What the canceller makes of it."""
    out = np.empty_like(recording.microphone)
    for start in range(0, out.size, PAIR_SAMPLES):
        pair = slice(start, start + PAIR_SAMPLES)
        out[pair] = canceller.cancel(recording.microphone[pair], recording.far[pair])
    return out


def erle_db(recording: Recording, out: FloatArray, from_s: float, to_s: float) -> float:
    """By how much the echo became quieter within that time."""
    part = slice(round(from_s * RATE_HZ), round(to_s * RATE_HZ))
    before, after = recording.microphone[part], out[part]
    return float(10 * np.log10(np.mean(before**2) / (np.mean(after**2) + 1e-12)))


def likeness(wanted: FloatArray, got: FloatArray, from_s: float, to_s: float) -> float:
    """How alike the short-time spectra are, 0 to 1: the correlation of their levels over time,
    band by band, between 150 Hz and 4 kHz, where a voice is understood by them.
    """
    part = slice(round(from_s * RATE_HZ), round(to_s * RATE_HZ))
    a, b = (_levels(sound[part]) for sound in (wanted, got))
    best = 0.0
    for late in range(5):
        pairs = zip(a[: len(a) - 4].T, b[late : late + len(a) - 4].T, strict=True)
        best = max(best, float(np.mean([np.corrcoef(one, other)[0, 1] for one, other in pairs])))
    return best


def _levels(sound: FloatArray) -> FloatArray:
    frames = sound[: sound.size // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME_SAMPLES), axis=1)[:, 1:41]) ** 2
    bands = power.reshape(power.shape[0], 10, 4).sum(axis=2)
    return np.asarray(np.sqrt(bands), dtype=np.float32)
