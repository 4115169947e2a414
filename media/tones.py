"""Tones of the telephone and of announcements: generated, not shipped.

Every tone begins and ends at zero. Those with a cadence are one period long, the pause included,
and repeat without a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from media.frame import RATE_HZ, FloatArray, linear, silence

EDGE_S: Final = 0.005

BUSY_HZ: Final = 425.0
RINGBACK_HZ: Final = 425.0
"""ITU-T E.180's recommended frequency, the one used in most of Europe."""


def chime(
    notes_hz: Sequence[float] = (659.26, 523.25), *, note_s: float = 0.55, level_db: float = -9.0
) -> FloatArray:
    """Notes struck one after the other, each ringing on under the next: "ding dong".

    `note_s` is the time between two strokes; the last one rings three times as long.
    `level_db` is the loudest peak, dB of full scale.
    """
    stroke = round(note_s * RATE_HZ)
    samples = np.zeros(stroke * (len(notes_hz) + 2), dtype=np.float64)
    for number, note_hz in enumerate(notes_hz):
        struck = samples[number * stroke :]
        seconds = np.arange(struck.size) / RATE_HZ
        # A bar's overtones are weak and die early, which is what makes it sound soft.
        for multiple, strength, decay_s in ((1, 1.0, 0.5), (2, 0.25, 0.25), (4, 0.08, 0.1)):
            wave = np.sin(2.0 * np.pi * note_hz * multiple * seconds)
            struck += strength * np.exp(-seconds / decay_s) * wave
    samples *= linear(level_db) / np.abs(samples).max()
    return _with_faded_edges(samples.astype(np.float32))


def ringback(*, on_s: float = 1.0, off_s: float = 4.0, level_db: float = -18.0) -> FloatArray:
    """One period of the tone a caller hears while the other end rings (ITU-T E.180)."""
    return cadence((RINGBACK_HZ,), on_s=on_s, off_s=off_s, level_db=level_db)


def busy(*, on_s: float = 0.5, off_s: float = 0.5, level_db: float = -18.0) -> FloatArray:
    """One period of the busy tone (ITU-T E.180)."""
    return cadence((BUSY_HZ,), on_s=on_s, off_s=off_s, level_db=level_db)


def cadence(
    frequencies_hz: Sequence[float], *, on_s: float, off_s: float, level_db: float
) -> FloatArray:
    """One period of a tone of several frequencies, then its pause.

    `level_db` is the peak of the sum, dB of full scale.

    Raises:
        ValueError: no frequency, one outside 0 to 24 kHz, or a tone shorter than its edges.
    """
    outside = [frequency for frequency in frequencies_hz if not 0 < frequency < RATE_HZ / 2]
    if outside or not frequencies_hz:
        raise ValueError(f"frequencies_hz: {outside or 'none'}; each lies between 0 and 24000 Hz")
    if on_s < 2 * EDGE_S or off_s < 0:
        raise ValueError(f"on_s {on_s} is below {2 * EDGE_S}, or off_s {off_s} below 0")
    seconds = np.arange(round(on_s * RATE_HZ)) / RATE_HZ
    waves = [np.sin(2.0 * np.pi * frequency * seconds) for frequency in frequencies_hz]
    tone = (np.sum(waves, axis=0) * (linear(level_db) / len(waves))).astype(np.float32)
    return np.concatenate([_with_faded_edges(tone), silence(round(off_s * RATE_HZ))])


def _with_faded_edges(samples: FloatArray) -> FloatArray:
    edge = round(EDGE_S * RATE_HZ)
    rise = (0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)).astype(np.float32)
    samples[:edge] *= rise
    samples[-edge:] *= rise[::-1]
    return samples
