"""How pure a tone is."""

import math

import numpy as np

from media.frame import FloatArray

SETTLED_S = 0.05


def gain_and_residue_db(
    sound: FloatArray, rate_hz: int, frequency_hz: float
) -> tuple[float, float]:
    """Level of a tone against a full one, and of all else too, without the sound's start."""
    settled = sound[round(SETTLED_S * rate_hz) :].astype(np.float64)
    at = 2 * np.pi * frequency_hz * np.arange(settled.size) / rate_hz
    waves = np.stack([np.sin(at), np.cos(at)], axis=1)
    parts, *_ = np.linalg.lstsq(waves, settled)
    residue = settled - waves @ parts
    return 20 * math.log10(np.hypot(*parts)), 10 * math.log10(2 * np.mean(residue**2) + 1e-20)
