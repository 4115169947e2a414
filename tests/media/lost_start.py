"""How much of a word's start is lost.

The words are noise, of which no stretch resembles another: what is missing can be told to 5 ms.
"""

from __future__ import annotations

import numpy as np
from scipy import signal

from media.frame import RATE_HZ, FloatArray

PIECE = RATE_HZ // 200
WORD_S = 0.4


def band_noise(seed: int) -> FloatArray:
    """Loud from its first sample, within the telephone's band."""
    noise = np.random.default_rng(seed).standard_normal(round((WORD_S + 0.1) * RATE_HZ))
    band = signal.butter(4, (300, 3000), "bandpass", fs=RATE_HZ, output="sos")
    sound = signal.sosfilt(band, noise)[round(0.1 * RATE_HZ) :]
    return np.asarray(0.15 * sound / sound.std(), dtype=np.float32)


def lost_ms(said: FloatArray, sound: FloatArray, *, likeness_kept: float = 0.85) -> float:
    """How much of the start of `said` is missing where it is found in `sound`.

    A codec of waveforms keeps nearly all of the likeness; opus keeps noise's sound, not its wave.
    """
    likeness = signal.correlate(sound, said, "valid", "fft")
    assert likeness.max() > likeness_kept * np.dot(said, said), "the word is not there at all"
    found = sound[int(likeness.argmax()) :]
    for start in range(0, said.size, PIECE):
        sent, came = said[start : start + PIECE], found[start : start + PIECE]
        if np.dot(sent, came) > likeness_kept * np.dot(sent, sent):
            return start / RATE_HZ * 1000
    raise AssertionError("no part of the word is as loud as it was said")
