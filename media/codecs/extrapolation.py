"""How a piece of speech would have gone on: its voice by pitch, its sound by linear prediction.

What a short-term predictor cannot tell of the sound (the residual: for a voice, its pulses) is
repeated period by period, as the pitch has been moving, and filtered by what the predictor knows of
the mouth. So the sound goes on without a seam, and fades as it was fading.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from media.frame import FloatArray

SHORTEST_PERIOD_S: Final = 0.004  # 250 Hz; higher voices match at a multiple of their period
LONGEST_PERIOD_S: Final = 0.015  # 67 Hz
COMPARED_S: Final = 0.008  # the stretch whose likeness with earlier sound decides
NEEDED_S: Final = SHORTEST_PERIOD_S + COMPARED_S
"""Sound that must be there to find any period in it."""
USEFUL_S: Final = 0.055
"""Sound that is looked at, if there is so much."""

_PREDICTED_FROM_S: Final = 0.020
_ORDERS: Final = ((12_000, 16), (20_000, 24), (1 << 30, 32))  # up to this rate, so many taps
_BANDWIDTH: Final = 0.99  # moves the predictor's poles inwards: nothing rings on
_WHITE: Final = 1e-4  # noise 40 dB down, so that the predictor exists for every sound
_VOICED: Final = 0.7  # likeness from which on the period can be followed
_MOST_PERIOD_CHANGE: Final = 0.03  # from one period to the next
_PERIOD_BOUNDS: Final = (0.8, 1.2)  # of the first one
_FADES_FOR_S: Final = 0.020  # how far a loudness that sinks is believed to sink on

_Doubles = npt.NDArray[np.float64]


class Period(NamedTuple):
    """How long ago a piece of sound was as it is now."""

    samples: float
    likeness: float
    """Normalised correlation of both: 1 for the same, 0 for nothing in common."""


def pitch_period(
    history: FloatArray,
    rate_hz: int,
    shortest_s: float | None = None,
    longest_s: float | None = None,
) -> Period:
    """How far before the end of `history` it looks most like there, to a fraction of a sample.

    Between 4 and 15 ms, or what is given; less where `history` is short, which must hold
    `NEEDED_S` at least. Each lag's own energy counts, so that a loud but different passage does
    not win.
    """
    compared = round(COMPARED_S * rate_hz)
    shortest = round((shortest_s or SHORTEST_PERIOD_S) * rate_hz)
    longest = min(round((longest_s or LONGEST_PERIOD_S) * rate_hz), history.size - compared)
    template = history[-compared:]
    region = history[history.size - compared - longest : history.size - shortest]
    power = np.concatenate((np.zeros(1), np.cumsum(region * region, dtype=np.float64)))
    energy = np.maximum(power[compared:] - power[:-compared], 1e-9)
    likeness = np.correlate(region, template) / np.sqrt(energy)
    best = int(np.argmax(likeness))
    samples = float(longest - best)
    if 0 < best < likeness.size - 1:
        before, peak, after = (float(value) for value in likeness[best - 1 : best + 2])
        bend = before - 2 * peak + after
        if bend < 0.0:
            samples -= 0.5 * (before - after) / bend
    loudness = max(float(np.dot(template, template)), 1e-9) ** 0.5
    return Period(samples, float(likeness[best]) / loudness)


def extrapolated(history: FloatArray, count: int, rate_hz: int) -> FloatArray:
    """`count` samples that go on from the end of `history` (`NEEDED_S` of it at least)."""
    recent = history[-round(USEFUL_S * rate_hz) :]
    period = pitch_period(recent, rate_hz)
    predictor = _predictor(recent[-round(_PREDICTED_FROM_S * rate_hz) :], rate_hz)
    whole = round(period.samples)
    # So much of the residual goes before that the filter is where the sound has left it.
    start = max(recent.size - max(round(_PREDICTED_FROM_S * rate_hz), 2 * whole), 0)
    known = recent[start:]
    residual = np.convolve(known, predictor)[: known.size]
    residual[: predictor.size - 1] = 0.0
    change = _period_change(recent, period, rate_hz)
    pulses = _repeated(residual[-whole:], period.samples, change, count)
    sound = _filtered(np.concatenate((residual, pulses)), predictor)[known.size :]
    fading = _fading(recent, whole)
    steps = np.minimum(np.arange(count), _FADES_FOR_S * rate_hz)
    return np.asarray(sound * fading**steps, dtype=np.float32)


def _predictor(sound: FloatArray, rate_hz: int) -> _Doubles:
    """The whitening filter of `sound`, by autocorrelation."""
    order = next(taps for highest_hz, taps in _ORDERS if rate_hz <= highest_hz)
    shaped = sound * np.hanning(sound.size + 2)[1:-1]
    size = 1 << (sound.size + order).bit_length()
    spectrum = np.fft.rfft(shaped, size)
    likeness = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[: order + 1]
    likeness[0] = likeness[0] * (1.0 + _WHITE) + 1e-9
    lags = np.abs(np.subtract.outer(np.arange(order), np.arange(order)))
    taps = np.linalg.solve(likeness[lags], likeness[1:])
    return np.asarray(np.concatenate((np.ones(1), -taps)) * _BANDWIDTH ** np.arange(order + 1))


def _filtered(pulses: _Doubles, predictor: _Doubles) -> _Doubles:
    """`pulses` through the inverse of `predictor`, by spectra: its ring is shorter than they."""
    size = 1 << (pulses.size + 256).bit_length()
    return np.fft.irfft(np.fft.rfft(pulses, size) / np.fft.rfft(predictor, size), size)[
        : pulses.size
    ]


def _period_change(history: FloatArray, period: Period, rate_hz: int) -> float:
    """Samples by which a period is longer than the one before it."""
    earlier = history[: history.size - round(period.samples)]
    about_s = period.samples / rate_hz
    if period.likeness < _VOICED or earlier.size < (1.1 * about_s + COMPARED_S) * rate_hz + 2:
        return 0.0
    before = pitch_period(earlier, rate_hz, 0.9 * about_s, 1.1 * about_s)
    most = _MOST_PERIOD_CHANGE * period.samples
    return min(max(period.samples - before.samples, -most), most)


def _repeated(cycle: _Doubles, period: float, change: float, count: int) -> _Doubles:
    """`cycle` over and over, the n-th time `n * change` samples after the whole of a period."""
    repeats = int(count / (_PERIOD_BOUNDS[0] * period)) + 2
    periods = period + change * np.arange(1, repeats)
    lowest, highest = _PERIOD_BOUNDS[0] * period, _PERIOD_BOUNDS[1] * period
    ends = np.cumsum(np.clip(periods, lowest, highest))
    starts = np.concatenate((np.zeros(1), ends)).round().astype(np.int64)
    places = np.arange(count)
    within = places - starts[np.searchsorted(starts, places, side="right") - 1]
    return np.where(within < cycle.size, cycle[np.minimum(within, cycle.size - 1)], 0.0)


def _fading(history: FloatArray, period: int) -> float:
    """The factor from sample to sample by which the sound has been sinking; 1 if it has not."""
    length = min(2 * period, history.size // 2)
    last, earlier = history[-length:], history[-2 * length : -length]
    ratio = (float(np.dot(last, last)) + 1e-9) / (float(np.dot(earlier, earlier)) + 1e-9)
    return float(min(max(ratio**0.5, 0.5), 1.0) ** (1.0 / length))
