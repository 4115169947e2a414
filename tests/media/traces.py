"""What networks and senders do to a stream of packets, as data: no clock, no socket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

TRANSIT_S: Final = 0.005
"""What the way takes at least."""

Times: TypeAlias = npt.NDArray[np.float64]
Delays: TypeAlias = Callable[[np.random.Generator, Times], Times]
"""From the times of sending, seconds that each packet takes beyond `TRANSIT_S`; NaN: it is lost."""


class Sent(NamedTuple):
    """One packet on its way. Times in seconds."""

    number: int
    """Which stretch of the sound it holds, counted in packets."""
    arrives: float
    sequence: int
    stamp_s: float
    """What its time stamp says, in seconds."""
    ssrc: int = 0x5EED
    stretches: int = 1
    """How many stretches it holds."""


Packets: TypeAlias = list[Sent]
Change: TypeAlias = Callable[[Packets], Packets]


class Bounds(NamedTuple):
    """What may become of the sound. Every word must be heard in its order in any case."""

    delay_median_ms: float
    """Of the words, from saying to hearing: a clean way takes 12 to 30 ms."""
    delay_p95_ms: float
    delay_end_ms: float
    """Of the last words."""
    concealed_ms: float
    put_in_ms: float
    left_out_ms: float
    shortest_word: float
    """How much of a word must sound at least; the rest is its ramps, and what was left out."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One row of the table: a stream, what befalls it, and what may become of its sound."""

    name: str
    bounds: Bounds
    delays: Delays = lambda _, sent: np.zeros_like(sent)
    change: Change = lambda packets: packets
    """What else becomes of the packets; times that they are sent are not changed by it."""
    drift_ppm: float = 0.0
    """By how much the sender's clock is fast."""
    seed: int = 1
    seconds: float = 12.0
    ptime_ms: int = 20
    pause_s: float = 0.06
    """Between the words."""

    def packets(self) -> Packets:
        """All that arrives, in the order of arrival."""
        count = round(self.seconds * 1000 / self.ptime_ms)
        sent = np.asarray(np.arange(count) * (self.ptime_ms / 1000), dtype=np.float64)
        delays = self.delays(np.random.default_rng(self.seed), sent)
        arrive = sent / (1 + self.drift_ppm * 1e-6) + TRANSIT_S + delays
        packets = [
            Sent(int(number), float(arrive[number]), int(number), float(sent[number]))
            for number in np.flatnonzero(~np.isnan(arrive))
        ]
        return sorted(self.change(packets), key=lambda packet: packet.arrives)


def jitter(most_s: float) -> Delays:
    """Any delay up to `most_s`, each as likely as the other."""
    return lambda random, sent: random.uniform(0.0, most_s, sent.size)


def stalls(*spans: tuple[float, float]) -> Delays:
    """From second to second the way is closed; what was sent meanwhile comes at its end."""

    def delays(_: np.random.Generator, sent: Times) -> Times:
        late = np.zeros_like(sent)
        for start, end in spans:
            late = np.where((sent >= start) & (sent < end), end - sent, late)
        return late

    return delays


def grouped(span_s: float) -> Delays:
    """Packets wait until `span_s` is full, and come all at once."""
    return lambda _, sent: span_s - (sent + 1e-6) % span_s


def some_late(share: float, by_s: float) -> Delays:
    """A share of the packets takes a longer way, and is overtaken."""
    return lambda random, sent: np.where(random.random(sent.size) < share, by_s, 0.0)


def lost(share: float, more: Delays | None = None) -> Delays:
    """A share of the packets never comes; what comes is delayed by `more`."""

    def delays(random: np.random.Generator, sent: Times) -> Times:
        late = np.zeros_like(sent) if more is None else more(random, sent)
        return np.where(random.random(sent.size) < share, np.nan, late)

    return delays


def between(start: float, end: float, by_s: float) -> Delays:
    """A longer way from second to second."""
    return lambda _, sent: np.where((sent >= start) & (sent < end), by_s, 0.0)


def swelling(start: float, top: float, end: float, by_s: float) -> Delays:
    """A queue on the way that fills until `top` and is empty at `end`."""
    return lambda _, sent: np.interp(sent, [start, top, end], [0.0, by_s, 0.0])


def not_sent(start: float, end: float) -> Change:
    """Silence suppression: the numbers go on as if nothing were, the time stamps as time does."""

    def change(packets: Packets) -> Packets:
        kept = [packet for packet in packets if not start <= packet.stamp_s < end]
        return [packet._replace(sequence=number) for number, packet in enumerate(kept)]

    return change


def from_second(start: float, **offsets: float) -> Change:
    """From there on `sequence`, `stamp_s` or `ssrc` are moved by so much."""

    def change(packets: Packets) -> Packets:
        return [
            packet._replace(**{name: getattr(packet, name) + by for name, by in offsets.items()})
            if packet.stamp_s >= start
            else packet
            for packet in packets
        ]

    return change


def standing_still(start: float, end: float) -> Change:
    """A pause in which neither packets are sent nor the sender's numbers go on."""

    def change(packets: Packets) -> Packets:
        kept = [packet for packet in packets if not start <= packet.stamp_s < end]
        return [
            packet._replace(
                sequence=number,
                stamp_s=packet.stamp_s - (end - start if packet.stamp_s >= end else 0.0),
            )
            for number, packet in enumerate(kept)
        ]

    return change


def of_other_lengths(*lengths: tuple[float, int]) -> Change:
    """From each second on so many stretches to a packet, in a stream without loss."""

    def change(packets: Packets) -> Packets:
        joined: Packets = []
        at = 0
        while at < len(packets):
            count = next(n for start, n in reversed(lengths) if packets[at].stamp_s >= start)
            group = packets[at : at + count]
            if len(group) == count:
                arrives = max(packet.arrives for packet in group)
                joined.append(
                    group[0]._replace(arrives=arrives, sequence=len(joined), stretches=count)
                )
            at += count
        return joined

    return change


def doubled(later_s: float) -> Change:
    """Each packet comes twice."""
    return lambda packets: packets + [p._replace(arrives=p.arrives + later_s) for p in packets]
