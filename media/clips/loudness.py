"""How loud a clip is to the ear (ITU-R BS.1770-5, as EBU R 128 uses it), of mono sound at 48 kHz.

The K-weighting is folded with the sound in blocks by FFT: its impulse response is over after 85 ms,
and a recursion sample by sample is not for Python.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from media.frame import RATE_HZ, FloatArray
from media.mixing.true_peak import AFTER, TAPS, highest_between

HIGHEST_TRUE_PEAK_DB: Final = -1.0
"""EBU R 128: no clip is made so loud that its peaks pass this."""

Samples: TypeAlias = npt.NDArray[np.float64]

_SHELF: Final = ((1.53512485958697, -2.69169618940638, 1.19839281085285),
                 (1.0, -1.69065929318241, 0.73248077421585))  # fmt: skip
_HIGH_PASS: Final = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
"""Numerator and denominator at 48 kHz (tables 1 and 2)."""

_RESPONSE: Final = 4096
_TRANSFORM: Final = 1 << 15
_BLOCK: Final = _TRANSFORM - _RESPONSE + 1
_HOP: Final = RATE_HZ // 10
_HOPS_TOGETHER: Final = 4
"""Gating blocks of 400 ms overlap by three quarters."""

_BESIDE_A_CREST: Final = 0.6

_OFFSET_LU: Final = -0.691
_ABSOLUTE_GATE_LUFS: Final = -70.0
_RELATIVE_GATE_LU: Final = -10.0


@dataclass(frozen=True, slots=True)
class Loudness:
    """What a clip measures."""

    integrated_lufs: float
    """Gated loudness of all of it; minus infinity for silence."""
    true_peak_db: float
    """Above full scale when positive; minus infinity for silence."""

    def gain_db(self, target_lufs: float) -> float:
        """What brings the clip to the target, or as near as its peaks allow; 0 for silence."""
        if math.isinf(self.integrated_lufs):
            return 0.0
        return min(target_lufs - self.integrated_lufs, HIGHEST_TRUE_PEAK_DB - self.true_peak_db)


class LoudnessMeter:
    """Measures sound given piece by piece."""

    def __init__(self) -> None:
        self._sound: list[FloatArray] = []
        self._waiting = 0  # samples in it
        self._before = np.zeros(_RESPONSE - 1)
        self._weighted = np.zeros(0)  # less than a hop
        self._hops: list[float] = []  # sum of squares of each
        self._samples = 0
        self._edge = np.zeros(TAPS - 1, dtype=np.float32)
        self._peak = 0.0

    def add(self, samples: FloatArray) -> None:
        """Go on with these."""
        self._samples += samples.size
        self._sound.append(samples)
        self._waiting += samples.size
        if self._waiting >= _BLOCK:
            sound = np.concatenate(self._sound)
            whole = sound.size // _BLOCK * _BLOCK
            for start in range(0, whole, _BLOCK):
                self._measure(sound[start : start + _BLOCK])
            self._sound, self._waiting = [sound[whole:]], sound.size - whole

    def result(self) -> Loudness:
        """Of all that was given; nothing may be added afterwards."""
        self._measure(np.concatenate([*self._sound, np.zeros(0, np.float32)]))
        self._look_for_peak(np.zeros(AFTER, np.float32))
        return Loudness(self._integrated_lufs(), _db(self._peak**2))

    def _measure(self, sound: FloatArray) -> None:
        self._look_for_peak(sound)
        both = np.concatenate([self._before, sound])
        self._before = both[-(_RESPONSE - 1) :]
        folded = np.fft.irfft(np.fft.rfft(both, _TRANSFORM) * _k_weighting(), _TRANSFORM)
        weighted = folded[_RESPONSE - 1 : _RESPONSE - 1 + sound.size]
        weighted = np.concatenate([self._weighted, weighted])
        whole = weighted.size // _HOP * _HOP
        self._weighted = weighted[whole:]
        self._hops += (weighted[:whole].reshape(-1, _HOP) ** 2).sum(axis=1).tolist()

    def _look_for_peak(self, sound: FloatArray) -> None:
        seen = np.concatenate([self._edge, sound])
        self._edge = seen[-(TAPS - 1) :]
        self._peak = max(self._peak, float(np.abs(seen).max()))
        if seen.size >= TAPS:
            beside = _BESIDE_A_CREST * self._peak
            self._peak = max(self._peak, highest_between(seen, beside))

    def _integrated_lufs(self) -> float:
        """BS.1770-5 annex 1; what is shorter than a gating block counts as one of its length."""
        hops = np.array(self._hops)
        if hops.size < _HOPS_TOGETHER:
            total = float(hops.sum() + (self._weighted**2).sum())
            return _lufs(total / self._samples) if self._samples else -math.inf
        sums = np.convolve(hops, np.ones(_HOPS_TOGETHER), "valid")
        powers = sums / (_HOPS_TOGETHER * _HOP)
        powers = powers[powers > _power(_ABSOLUTE_GATE_LUFS)]
        if not powers.size:
            return -math.inf
        gate = float(powers.mean()) * 10 ** (_RELATIVE_GATE_LU / 10)
        return _lufs(float(powers[powers > gate].mean()))


def loudness_of(samples: FloatArray) -> Loudness:
    """The loudness of a whole clip."""
    meter = LoudnessMeter()
    meter.add(samples)
    return meter.result()


@functools.cache
def _k_weighting() -> npt.NDArray[np.complex128]:
    response = np.zeros(_RESPONSE)
    response[0] = 1.0
    for numerator, denominator in (_SHELF, _HIGH_PASS):
        response = _filtered(response, numerator, denominator)
    spectrum: npt.NDArray[np.complex128] = np.fft.rfft(response, _TRANSFORM)
    return spectrum


def _filtered(
    sound: Samples, numerator: tuple[float, float, float], denominator: tuple[float, float, float]
) -> Samples:
    (b0, b1, b2), (_, a1, a2) = numerator, denominator
    first = second = 0.0
    out = np.empty_like(sound)
    for place, sample in enumerate(sound.tolist()):
        value = b0 * sample + first
        first = b1 * sample - a1 * value + second
        second = b2 * sample - a2 * value
        out[place] = value
    return out


def _lufs(power: float) -> float:
    return _OFFSET_LU + _db(power)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET_LU) / 10))


def _db(power: float) -> float:
    return 10 * math.log10(power) if power > 0.0 else -math.inf
