"""How far a stream of sound that comes back lags behind the one that was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.bench import g711
from tools.bench.leg import Arrival
from tools.bench.rtp_packet import PACKET_SAMPLES, PCMU

Samples = NDArray[np.float32]

LONGEST_S = 0.8
"""The longest delay that is looked for."""
LIKENESS = 0.7
"""Correlation from which on a packet counts as found: chance alone reaches about 0.4 in noise."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The delay of each packet that was found again, in the order of arrival."""

    delays_s: tuple[float, ...]
    heard: int
    """Packets that came back with sound in them."""
    missing_s: float
    """Seconds of what was sent, between the first and the last found, that were in none of them."""


def noise(packets: int, seed: int, level: float = 0.1) -> Samples:
    """White noise that is the same for the same seed; `level` is its deviation (full scale 1).

    No stretch of it resembles another, so 20 ms are enough to tell where they belong.
    """
    generator = np.random.default_rng(seed)
    return (generator.standard_normal(packets * PACKET_SAMPLES) * level).astype(np.float32)


def measure_shift(sent: Samples, departures: Sequence[float], arrivals: Sequence[Arrival]) -> Shift:
    """Find what each received packet carries in what was sent, and compare the times.

    A sample counts as sent when it was due: the packet's departure plus its place in the packet.
    It counts as received at the packet's arrival plus its place there. A device that returns each
    packet at once has a delay of 0, whatever the packets' length.
    """
    whole = sent[: len(departures) * PACKET_SAMPLES]
    delays: list[float] = []
    heard = 0
    found = np.zeros(len(whole), dtype=bool)
    for arrival in arrivals:
        if arrival.packet.payload_type != PCMU or len(arrival.packet.payload) < PACKET_SAMPLES:
            continue
        piece = g711.decode(arrival.packet.payload)
        if np.max(np.abs(piece)) < 0.01:
            continue
        heard += 1
        place = _place(whole, piece, _window(departures, arrival.at))
        if place is not None:
            packet, within = divmod(place, PACKET_SAMPLES)
            delays.append(arrival.at - departures[packet] - within / g711.RATE_HZ)
            found[place : place + PACKET_SAMPLES] = True
    return Shift(tuple(delays), heard, _holes(found) / g711.RATE_HZ)


def _holes(found: NDArray[np.bool_]) -> int:
    """How many are not, between the first and the last that are."""
    places = np.flatnonzero(found)
    return int(places[-1] - places[0] + 1 - len(places)) if len(places) else 0


def _window(departures: Sequence[float], arrival: float) -> slice:
    """The samples that can have come at `arrival`: those sent before it, but not too long ago."""
    first, last = np.searchsorted(departures, [arrival - LONGEST_S, arrival], "right")
    return slice(int(first) * PACKET_SAMPLES, int(last) * PACKET_SAMPLES)


def _place(sent: Samples, piece: Samples, window: slice) -> int | None:
    """Where in `sent` the piece resembles it best; None when nowhere well enough."""
    stretch = sent[window]
    if len(stretch) < len(piece):
        return None
    match = np.correlate(stretch, piece, "valid")
    energy = np.convolve(stretch * stretch, np.ones(len(piece), np.float32), "valid")
    scale = np.sqrt(np.maximum(energy * np.dot(piece, piece), 1e-12))
    likeness = match / scale
    best = int(np.argmax(likeness))
    return window.start + best if likeness[best] >= LIKENESS else None
