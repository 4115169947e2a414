"""Making a piece of sound longer or shorter without changing its pitch or letting it click."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from media.frame import FloatArray


class Match(NamedTuple):
    """How far a piece of sound is from another one that looks like it."""

    lag: int
    """Samples."""
    likeness: float
    """Normalised correlation, loudness aside: 1 for the same, 0 for nothing in common."""


def shortened(sound: FloatArray, lag: int) -> FloatArray:
    """`sound` without `lag` samples: its start is cross-faded with itself `lag` samples later.

    Inaudible where the two are alike (`lag` a pitch period) or quiet. `sound` must hold twice
    `lag` samples, and keeps its first and its last one.
    """
    weight = np.linspace(0.0, 1.0, lag, dtype=np.float32)
    early, later = sound[:lag], sound[lag : 2 * lag]
    return np.concatenate((early + weight * (later - early), sound[2 * lag :]))


def lengthened(sound: FloatArray, lag: int) -> FloatArray:
    """`sound` with `lag` samples more: between its first and second `lag`, a way back is put in."""
    weight = np.linspace(0.0, 1.0, lag, dtype=np.float32)
    early, later = sound[:lag], sound[lag : 2 * lag]
    return np.concatenate((early, later + weight * (early - later), sound[lag:]))


def best_match(sound: FloatArray, shortest: int, longest: int) -> Match:
    """The lag at which the start of `sound` looks most like what follows it.

    `sound` must hold twice `longest` samples.
    """
    compared = sound.size - longest
    start = sound[:compared]
    later = sound[shortest:]
    products = np.correlate(later, start)
    power = np.concatenate((np.zeros(1), np.cumsum(later.astype(np.float64) ** 2)))
    energy = np.maximum(power[compared:] - power[:-compared], 1e-9)
    likeness = products / np.sqrt(energy)
    best = int(np.argmax(likeness))
    loudness = np.sqrt(max(float(np.dot(start, start)), 1e-9))
    return Match(shortest + best, float(likeness[best] / loudness))
