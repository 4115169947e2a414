"""How much of the start of what was sent does not come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.bench import g711
from tools.bench.rtp_packet import PACKET_SAMPLES, PCMU

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.bench.leg import Arrival

STEP = 40
"""5 ms: how finely the loss is told."""
LIKENESS = 0.6
"""Of a step of noise with what came back, where it belongs: chance reaches half of that."""
LEAST_GAIN = 0.4
LOOKED_FOR_S = 1.0
_WOBBLE = 8
_LONGEST = 8 * 8000


def start_loss_s(sent: g711.Samples, arrivals: Sequence[Arrival]) -> float | None:
    """Seconds of `sent` (noise) before the first sample that is in what arrived; None: nothing is.

    The first packet of it that is found again tells by how much it lags. From there it is followed
    back to the start, by steps, as far as they are there.
    """
    heard = _laid_out(arrivals)
    for start in range(0, int(LOOKED_FOR_S * g711.RATE_HZ), PACKET_SAMPLES):
        place = _find(heard, sent[start : start + PACKET_SAMPLES])
        if place is None:
            continue
        begins = start + PACKET_SAMPLES
        lag = place - start
        while begins and _is_at(heard, sent[begins - STEP : begins], begins - STEP + lag):
            begins -= STEP
        return begins / g711.RATE_HZ
    return None


def _laid_out(arrivals: Sequence[Arrival]) -> g711.Samples:
    """What arrived, each packet at the place that its time stamp tells, silence between."""
    packets = [each.packet for each in arrivals if each.packet.payload_type == PCMU]
    if not packets:
        return np.zeros(0, dtype=np.float32)
    places = [(each.timestamp - packets[0].timestamp) & 0xFFFFFFFF for each in packets]
    kept = [(p, each.payload) for p, each in zip(places, packets, strict=True) if p < _LONGEST]
    heard = np.zeros(max(place + len(payload) for place, payload in kept), dtype=np.float32)
    for place, payload in kept:
        heard[place : place + len(payload)] = g711.decode(payload)
    return heard


def _likeness(stretch: g711.Samples, piece: g711.Samples) -> g711.Samples:
    match = np.correlate(stretch, piece, "valid")
    energy = np.convolve(stretch * stretch, np.ones(len(piece), np.float32), "valid")
    return np.asarray(match / np.sqrt(np.maximum(energy * np.dot(piece, piece), 1e-12)))


def _find(heard: g711.Samples, piece: g711.Samples) -> int | None:
    if len(heard) < len(piece):
        return None
    likeness = _likeness(heard, piece)
    best = int(np.argmax(likeness))
    return best if likeness[best] >= LIKENESS else None


def _is_at(heard: g711.Samples, piece: g711.Samples, place: int) -> bool:
    """Whether it is there, like it and not much quieter."""
    stretch = heard[max(place - _WOBBLE, 0) : max(place + len(piece) + _WOBBLE, 0)]
    if len(stretch) < len(piece) or _likeness(stretch, piece).max() < LIKENESS:
        return False
    gain = np.correlate(stretch, piece, "valid").max() / np.dot(piece, piece)
    return bool(gain >= LEAST_GAIN)
