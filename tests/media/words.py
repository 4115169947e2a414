"""Speech whose every word can be found again, however its time was scaled.

A word is two tones at once, both multiples of 125 Hz, so that it has a pitch period of 8 ms as a
voice has. Sixteen words in a row are all different, so a word that is missing, doubled or out of
its order is seen.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from media.frame import RATE_HZ, FloatArray

WORD_S: Final = 0.24
_LOW_HZ: Final = (500, 625, 750, 875)
_HIGH_HZ: Final = (1250, 1500, 1750, 2000)
_AMPLITUDE: Final = 0.2
_RAMP_S: Final = 0.005
_WINDOW_S: Final = 0.016  # two pitch periods
_STEP_S: Final = 0.004
_LOUD: Final = 0.2 * _AMPLITUDE
_WINDOWS_OF_A_WORD: Final = 5  # fewer in a row are a passing likeness
WORDS: Final = len(_LOW_HZ) * len(_HIGH_HZ)

STEEPEST: Final = _AMPLITUDE * 2 * np.pi * (max(_LOW_HZ) + max(_HIGH_HZ)) / RATE_HZ
"""The largest step between two samples at 48 kHz that the words themselves have."""


class Heard(NamedTuple):
    """One word that was found."""

    word: int
    at_s: float
    """Where it begins."""
    length_s: float
    """How much of it sounds."""


def speech(rate_hz: int, seconds: float, pause_s: float = 0.06) -> FloatArray:
    """Words one after the other, numbered from 0, with pauses between them."""
    count = round(seconds * rate_hz)
    time = np.arange(count) / rate_hz
    number, within = np.divmod(time, WORD_S + pause_s)
    number = number.astype(int) % WORDS
    low = np.take(_LOW_HZ, number % len(_LOW_HZ))
    high = np.take(_HIGH_HZ, number // len(_LOW_HZ))
    sound = _AMPLITUDE * (np.sin(2 * np.pi * low * time) + np.sin(2 * np.pi * high * time))
    ramp = np.clip(np.minimum(within, WORD_S - within) / _RAMP_S, 0.0, 1.0)
    return np.asarray(sound * ramp, dtype=np.float32)


def begins(number: int, pause_s: float = 0.06) -> float:
    """When the `number`-th word begins in what was said."""
    return number * (WORD_S + pause_s)


def find(sound: FloatArray) -> list[Heard]:
    """The words of `sound` (48 kHz) in their order; a word with a hole in it is one word."""
    names = _names(sound)
    edges = np.flatnonzero(np.diff(names, prepend=-1, append=-1))
    found: list[Heard] = []
    for first, end in pairwise(edges):
        if names[first] < 0 or end - first < _WINDOWS_OF_A_WORD:
            continue
        length = (end - first) * _STEP_S
        if found and found[-1].word == names[first]:
            found[-1] = found[-1]._replace(length_s=found[-1].length_s + length)
        else:
            found.append(Heard(int(names[first]), first * _STEP_S + _WINDOW_S / 2, length))
    return found


def _names(sound: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Which word sounds in each window; -1: none, or not clearly one."""
    size, step = round(_WINDOW_S * RATE_HZ), round(_STEP_S * RATE_HZ)
    windows = np.lib.stride_tricks.sliding_window_view(sound, size)[::step]
    shape = np.hanning(size)
    time = np.arange(size) / RATE_HZ
    waves = shape * np.exp(-2j * np.pi * np.outer((*_LOW_HZ, *_HIGH_HZ), time)) * 2 / shape.sum()
    levels = np.abs(windows @ waves.astype(np.complex64).T)
    low, high = levels[:, : len(_LOW_HZ)], levels[:, len(_LOW_HZ) :]
    clear = np.ones(len(levels), dtype=bool)
    for band in (low, high):
        ordered = np.sort(band, axis=1)
        clear &= (ordered[:, -1] > _LOUD) & (ordered[:, -1] > 1.4 * ordered[:, -2])
    return np.where(clear, np.argmax(low, axis=1) + len(_LOW_HZ) * np.argmax(high, axis=1), -1)
