"""A voice made of numbers: pulses at a wandering pitch through three formants, with pauses."""

from __future__ import annotations

import numpy as np
from scipy import signal

from media.frame import FloatArray

_FORMANTS_HZ = ((650, 1100, 2500), (300, 2200, 2900), (450, 850, 2400))
_BANDWIDTH_HZ = 90


def voice(
    rate_hz: int, seconds: float, *, pitch_hz: float = 120.0, pauses: bool = True
) -> FloatArray:
    """Vowels of 0.3 s, each fourth a pause if wanted; peak 0.5; always the same."""
    count = round(rate_hz * seconds)
    time = np.arange(count) / rate_hz
    pitch = pitch_hz * (1 + 0.08 * np.sin(2 * np.pi * 0.7 * time))
    phase = np.cumsum(pitch) / rate_hz
    pulses = np.diff(np.floor(phase), prepend=0.0)
    vowel = (time / 0.3).astype(int)
    sound = np.zeros(count)
    for number, formants in enumerate(_FORMANTS_HZ):
        shaped = pulses
        for formant in formants:
            radius = np.exp(-np.pi * _BANDWIDTH_HZ / rate_hz)
            poles = [1, -2 * radius * np.cos(2 * np.pi * formant / rate_hz), radius**2]
            shaped = signal.lfilter([1 - radius], poles, shaped)
        sound += shaped / np.abs(shaped).max() * (vowel % len(_FORMANTS_HZ) == number)
    if pauses:
        sound *= vowel % 4 != 3
    ramp = round(0.01 * rate_hz)
    sound = np.convolve(sound, np.hanning(3) / 2, mode="same")
    envelope = np.convolve(np.abs(sound) > 0, np.ones(ramp) / ramp, mode="same")
    sound *= envelope
    return np.asarray(0.5 * sound / np.abs(sound).max(), dtype=np.float32)
