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
        # Each begins as softly as the first, for which the edge cares: else there is a knock.
        touch = np.minimum(seconds / EDGE_S, 1.0)
        # A bar's overtones are weak and die early, which is what makes it sound soft.
        for multiple, strength, decay_s in ((1, 1.0, 0.5), (2, 0.25, 0.25), (4, 0.08, 0.1)):
            wave = np.sin(2.0 * np.pi * note_hz * multiple * seconds)
            struck += strength * np.exp(-seconds / decay_s) * wave * touch
    samples *= linear(level_db) / np.abs(samples).max()
    return _with_faded_edges(samples.astype(np.float32))


def gong(*, strike_hz: float = 155.56, level_db: float = -9.0) -> FloatArray:
    """One stroke on a large gong, three seconds long: partials that are no multiples of the first.

    `strike_hz` is the lowest of them, `level_db` the loudest peak in dB of full scale.
    """
    seconds = np.arange(3 * RATE_HZ) / RATE_HZ
    samples = np.zeros(seconds.size)
    for ratio, strength, decay_s in (
        (1.0, 1.0, 1.4), (1.47, 0.7, 1.1), (2.09, 0.8, 0.9), (2.56, 0.4, 0.7), (3.83, 0.3, 0.4),
    ):  # fmt: skip
        wave = np.sin(2.0 * np.pi * strike_hz * ratio * seconds)
        # The blow is soft: what is high sounds a little later, as the metal takes it up.
        samples += strength * wave * np.exp(-seconds / decay_s) * (1 - np.exp(-seconds / 0.02))
    samples *= linear(level_db) / np.abs(samples).max()
    return _with_faded_edges(samples.astype(np.float32))


def attention(
    frequencies_hz: Sequence[float] = (800.0, 1000.0),
    *,
    each_s: float = 0.3,
    times: int = 3,
    level_db: float = -12.0,
) -> FloatArray:
    """Two plain tones or more, one after the other, several times over."""
    tones = [cadence((hz,), on_s=each_s, off_s=0.0, level_db=level_db) for hz in frequencies_hz]
    return np.concatenate(tones * times)


def beep(*, frequency_hz: float = 1000.0, level_db: float = -12.0) -> FloatArray:
    """A fifth of a second: "speak now"."""
    return cadence((frequency_hz,), on_s=0.2, off_s=0.0, level_db=level_db)


def alarm(
    from_hz: float = 1200.0, to_hz: float = 500.0, *, period_s: float = 1.0, level_db: float = -9.0
) -> FloatArray:
    """One period of a tone that falls and begins anew: made to be told from all others."""
    seconds = np.arange(round(period_s * RATE_HZ)) / RATE_HZ
    slope = (to_hz - from_hz) / period_s
    wave = np.sin(2.0 * np.pi * (from_hz + slope * seconds / 2) * seconds)
    return _with_faded_edges((linear(level_db) * wave).astype(np.float32))


def locate(*, level_db: float = -9.0) -> FloatArray:
    """One period of the sound by which a speaker is found: four short rises, then a pause.

    Each goes from 0.7 to 5.6 kHz within 90 ms: ears tell where a sound comes from by its onsets and
    by a wide band, and hardly by a lasting tone.
    """
    seconds = np.arange(round(0.09 * RATE_HZ)) / RATE_HZ
    octaves = 3.0 * seconds / 0.09
    rise = np.sin(2.0 * np.pi * 700.0 * 0.09 / (3.0 * np.log(2.0)) * (2.0**octaves - 1.0))
    chirp = _with_faded_edges((linear(level_db) * rise).astype(np.float32))
    period = np.concatenate([chirp, silence(round(0.06 * RATE_HZ))] * 4)
    return np.concatenate([period, silence(round(0.9 * RATE_HZ))])


def ringback(*, on_s: float = 1.0, off_s: float = 4.0, level_db: float = -18.0) -> FloatArray:
    """One period of the tone a caller hears while the other end rings (ITU-T E.180)."""
    return cadence((RINGBACK_HZ,), on_s=on_s, off_s=off_s, level_db=level_db)


def busy(*, on_s: float = 0.5, off_s: float = 0.5, level_db: float = -18.0) -> FloatArray:
    """One period of the busy tone (ITU-T E.180)."""
    return cadence((BUSY_HZ,), on_s=on_s, off_s=off_s, level_db=level_db)


def congestion(*, on_s: float = 0.25, off_s: float = 0.25, level_db: float = -18.0) -> FloatArray:
    """One period of the tone of a call that could not be put through (ITU-T E.180)."""
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


def sweep(
    from_hz: float = 100.0,
    to_hz: float = 12_000.0,
    *,
    seconds: float = 3.0,
    level_db: float = -12.0,
) -> FloatArray:
    """A sine that rises by equal intervals in equal times, each octave as long as any other.

    For measuring: its echo by a room, folded with its own mirror image, is the room's impulse
    response, what a loudspeaker distorts set apart from it.
    """
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    pace = np.log(to_hz / from_hz) / seconds
    wave = np.sin(2.0 * np.pi * from_hz / pace * np.expm1(pace * time))
    return _with_faded_edges((linear(level_db) * wave).astype(np.float32))


def multitone(
    from_hz: float = 200.0,
    to_hz: float = 10_000.0,
    *,
    spacing_hz: float = 100.0,
    seconds: float = 1.0,
    level_db: float = -12.0,
) -> FloatArray:
    """Many tones at once, as strong in each octave, at phases that keep their sum's peaks low.

    For measuring: one second shows every band at the level of a voice. The phases are Schroeder's,
    by which the tones' crests follow one another instead of meeting. `level_db` is the peak.
    """
    frequencies = np.arange(from_hz, to_hz + spacing_hz / 2, spacing_hz)
    powers = 1.0 / frequencies
    shares = powers / powers.sum()
    phases = -2.0 * np.pi * np.cumsum(np.cumsum(shares) - shares)
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = np.zeros(time.size)
    for frequency, power, phase in zip(frequencies, powers, phases, strict=True):
        wave += np.sqrt(power) * np.cos(2.0 * np.pi * frequency * time + phase)
    return _with_faded_edges((wave * linear(level_db) / np.abs(wave).max()).astype(np.float32))


def _with_faded_edges(samples: FloatArray) -> FloatArray:
    edge = round(EDGE_S * RATE_HZ)
    rise = (0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)).astype(np.float32)
    samples[:edge] *= rise
    samples[-edge:] *= rise[::-1]
    return samples
