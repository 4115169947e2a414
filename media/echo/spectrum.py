"""The frequency domain in which echo is worked on: blocks of 20 ms, spectra of two of them."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from media.frame import PAIR_SAMPLES, FloatArray

BLOCK: Final = PAIR_SAMPLES
WINDOW: Final = 2 * BLOCK
BINS: Final = BLOCK + 1
"""25 Hz apart, from 0 to 24 kHz."""

CANCELLED_BINS: Final = 321
"""Echo is predicted up to 8 kHz, where voices have nearly all their energy; above, suppressed."""
CANCELLED_WINDOW: Final = 2 * (CANCELLED_BINS - 1)
"""Samples of a window at 16 kHz, whose spectrum these bins are."""

ComplexArray: TypeAlias = npt.NDArray[np.complex64]


def constant(value: float) -> FloatArray:
    """A number as an array without dimensions, which is what numpy multiplies by soonest."""
    return np.array(value, dtype=np.float32)


LENGTH: Final = constant(WINDOW)
CANCELLED_LENGTH: Final = constant(CANCELLED_WINDOW)


def transform(windows: FloatArray) -> ComplexArray:
    """The spectrum of samples, or one for each row of them, divided by how many they are.

    numpy reckons a forward transform of float32 in double precision unless it is to scale it. So
    whoever wants it unscaled multiplies by `LENGTH`, best where the samples are multiplied anyhow.
    """
    return np.fft.rfft(windows, norm="forward").astype(np.complex64, copy=False)


def inverse(spectra: ComplexArray) -> FloatArray:
    """The samples whose spectrum, not divided by anything, that is."""
    return np.fft.irfft(spectra).astype(np.float32, copy=False)


def power(spectrum: ComplexArray) -> FloatArray:
    """Squared magnitudes, in an array that is not contiguous."""
    return (spectrum * spectrum.conj()).real
