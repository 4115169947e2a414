"""The jitter buffer and all behind it, driven by traces of networks; judged by the words heard."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from media.codecs import Codec, g711, g722, l16, opus
from media.frame import FRAME_SAMPLES, TICK_S, FloatArray
from media.rtp.packet import plain_packet
from media.rtp.peer_latch import PeerLatch
from media.rtp.receiver import RtpReceiver
from tests.media import words
from tests.media.streams import PEER, agreed
from tests.media.traces import (
    Bounds,
    Sent,
    Trace,
    between,
    doubled,
    from_second,
    grouped,
    jitter,
    lost,
    not_sent,
    of_other_lengths,
    some_late,
    stalls,
    standing_still,
    swelling,
)

TRACES = [
    Trace(
        name="nothing",
        bounds=Bounds(21, 35, 20, 0, 0, 20, 0.95),
    ),
    Trace(
        name="jitter 30 ms",
        bounds=Bounds(53, 55, 52, 43, 14, 0, 0.95),
        delays=jitter(0.03),
    ),
    Trace(
        name="jitter 60 ms",
        bounds=Bounds(81, 83, 80, 65, 32, 0, 0.95),
        delays=jitter(0.06),
    ),
    Trace(
        name="jitter 30 ms, no pauses",
        bounds=Bounds(53, 55, 53, 43, 14, 0, 0.95),
        delays=jitter(0.03),
        pause_s=0.0,
    ),
    Trace(
        name="jitter of a bell curve",
        bounds=Bounds(52, 55, 52, 25, 20, 0, 0.95),
        delays=lambda r, s: np.abs(r.normal(0, 0.01, s.size)),
    ),
    Trace(
        name="spike early",
        bounds=Bounds(33, 135, 24, 73, 0, 210, 0.95),
        delays=stalls((2.0, 2.15)),
    ),
    Trace(
        name="spike",
        bounds=Bounds(28, 63, 28, 73, 0, 205, 0.75),
        delays=stalls((6.0, 6.15)),
    ),
    Trace(
        name="spike, no pauses",
        bounds=Bounds(33, 87, 60, 73, 0, 153, 0.55),
        delays=stalls((6.0, 6.15)),
        pause_s=0.0,
    ),
    Trace(
        name="spikes each 2 s",
        bounds=Bounds(88, 94, 92, 278, 0, 265, 0.93),
        delays=stalls(*((at, at + 0.1) for at in (2, 4, 6, 8, 10))),
    ),
    Trace(
        name="stall 400 ms",
        bounds=Bounds(32, 243, 32, 73, 0, 501, 0.55),
        delays=stalls((6.0, 6.4)),
    ),
    Trace(
        name="stall 900 ms",
        bounds=Bounds(32, 702, 32, 73, 0, 1099, 0.55),
        delays=stalls((5.0, 5.9)),
    ),
    Trace(
        name="stall 900 ms, 10 ms packets",
        bounds=Bounds(40, 702, 40, 73, 0, 1077, 0.55),
        delays=stalls((5.0, 5.9)),
        ptime_ms=10,
    ),
    Trace(
        name="a burst to begin with",
        bounds=Bounds(37, 343, 28, 0, 0, 616, 0.55),
        delays=stalls((0.0, 0.5)),
    ),
    Trace(
        name="groups of 3",
        bounds=Bounds(81, 95, 80, 0, 0, 20, 0.95),
        delays=grouped(0.06),
    ),
    Trace(
        name="reordering",
        bounds=Bounds(53, 55, 52, 60, 42, 0, 0.95),
        delays=some_late(0.05, 0.03),
    ),
    Trace(
        name="a neighbour overtakes",
        bounds=Bounds(41, 43, 40, 23, 0, 0, 0.95),
        delays=some_late(0.2, 0.021),
    ),
    Trace(name="doubled", bounds=Bounds(21, 35, 20, 0, 0, 20, 0.95), change=doubled(0.0)),
    Trace(
        name="doubled later, jitter",
        bounds=Bounds(53, 55, 52, 43, 14, 0, 0.95),
        delays=jitter(0.03),
        change=doubled(0.025),
    ),
    Trace(
        name="silence suppression",
        bounds=Bounds(21, 35, 20, 73, 0, 32, 0.95),
        change=not_sent(4.2, 5.98),
    ),
    Trace(
        name="muted for long",
        bounds=Bounds(21, 35, 20, 73, 0, 32, 0.95),
        change=not_sent(3.0, 9.0),
    ),
    Trace(
        name="held, stamps stand still",
        bounds=Bounds(21, 35, 20, 73, 0, 32, 0.95),
        change=standing_still(3.0, 9.0),
    ),
    Trace(
        name="stamps jump ahead",
        bounds=Bounds(21, 35, 20, 0, 0, 20, 0.95),
        change=from_second(6.0, stamp_s=5000),
    ),
    Trace(
        name="stamps jump back",
        bounds=Bounds(21, 35, 20, 0, 0, 20, 0.95),
        change=from_second(6.0, stamp_s=-100_000),
    ),
    Trace(
        name="numbers start again",
        bounds=Bounds(21, 43, 20, 35, 0, 44, 0.95),
        change=from_second(6.0, sequence=30_000, stamp_s=777),
    ),
    Trace(
        name="another source",
        bounds=Bounds(21, 43, 20, 35, 0, 44, 0.95),
        change=from_second(6.0, sequence=9, stamp_s=55, ssrc=7),
    ),
    Trace(
        name="another source, jitter",
        bounds=Bounds(53, 55, 52, 43, 14, 0, 0.95),
        delays=jitter(0.03),
        change=from_second(6.0, ssrc=7),
    ),
    Trace(
        name="a longer way and back",
        bounds=Bounds(80, 83, 29, 75, 0, 100, 0.85),
        delays=between(3.0, 5.0, 0.06),
        seconds=20.0,
    ),
    Trace(
        name="a queue fills",
        bounds=Bounds(147, 175, 28, 183, 26, 193, 0.88),
        delays=swelling(2.0, 6.0, 7.0, 0.15),
        seconds=22.0,
    ),
    Trace(name="5 % lost", bounds=Bounds(21, 35, 20, 660, 0, 20, 0.87), delays=lost(0.05)),
    Trace(
        name="5 % lost, jitter 30 ms",
        bounds=Bounds(53, 59, 52, 723, 0, 0, 0.85),
        delays=lost(0.05, jitter(0.03)),
    ),
    Trace(
        name="packets of 10 ms, jitter",
        bounds=Bounds(53, 55, 52, 23, 0, 0, 0.95),
        delays=jitter(0.03),
        ptime_ms=10,
    ),
    Trace(
        name="packets of 30 ms, jitter",
        bounds=Bounds(53, 55, 52, 23, 0, 0, 0.95),
        delays=jitter(0.03),
        ptime_ms=30,
    ),
    Trace(
        name="packets of 40 ms, jitter",
        bounds=Bounds(53, 55, 52, 23, 0, 0, 0.95),
        delays=jitter(0.03),
        ptime_ms=40,
    ),
    Trace(
        name="packets of 50 ms, jitter",
        bounds=Bounds(53, 55, 52, 23, 0, 0, 0.95),
        delays=jitter(0.03),
        ptime_ms=50,
    ),
    Trace(
        name="packets of 60 ms, jitter",
        bounds=Bounds(53, 55, 52, 23, 0, 0, 0.95),
        delays=jitter(0.03),
        ptime_ms=60,
    ),
    Trace(
        name="20, 60, 10, 30 ms packets",
        bounds=Bounds(73, 75, 72, 75, 0, 35, 0.95),
        ptime_ms=10,
        change=of_other_lengths((0.0, 2), (3.0, 6), (6.0, 1), (9.0, 3)),
    ),
    Trace(
        name="fast by 1000 ppm",
        bounds=Bounds(32, 41, 30, 23, 0, 44, 0.95),
        drift_ppm=1000,
        seconds=30.0,
    ),
    Trace(
        name="slow by 1000 ppm",
        bounds=Bounds(26, 35, 23, 0, 54, 20, 0.95),
        drift_ppm=-1000,
        seconds=30.0,
    ),
    Trace(
        name="fast by 1000 ppm, 10 ms packets, no pauses",
        bounds=Bounds(62, 81, 79, 0, 0, 24, 0.92),
        drift_ppm=1000,
        ptime_ms=10,
        pause_s=0.0,
        seconds=60.0,
    ),
    Trace(
        name="slow by 1000 ppm, 10 ms packets, no pauses",
        bounds=Bounds(24, 33, 25, 0, 86, 0, 0.95),
        drift_ppm=-1000,
        ptime_ms=10,
        pause_s=0.0,
        seconds=60.0,
    ),
]

TRYING = Trace(
    name="everything",
    bounds=Bounds(80, 120, 80, 500, 100, 250, 0.5),
    delays=lost(0.02, lambda r, s: np.maximum(jitter(0.02)(r, s), stalls((5.0, 5.1))(r, s))),
    drift_ppm=-200,
)

STEEPEST = 1.25 * words.STEEPEST
"""A step that large between two samples would not be heard as a click; a seam makes larger ones."""
STEEPEST_OF_OTHERS = {
    g722.G722: 2.0 * words.STEEPEST,  # after a loss its memory is not the sender's: it swings over
    opus.OPUS: 1.75 * words.STEEPEST,  # which keeps what is heard of a wave, not its shape
}

PAYLOAD_TYPE = 97
FIRST_TICK_S = 0.0033
"""Between the sender's rhythm and ours."""


@dataclass
class Outcome:
    """What was heard of a trace."""

    trace: Trace
    sound: FloatArray
    receiver: RtpReceiver
    said: list[int]
    """The numbers of the words of which all was sent."""

    def __post_init__(self) -> None:
        self.heard = words.find(self.sound)

    @property
    def delays_ms(self) -> list[float]:
        """Of the words that were heard."""
        pause_s = self.trace.pause_s
        return [
            1000 * (word.at_s - words.begins(number, pause_s) / (1 + self.trace.drift_ppm * 1e-6))
            for number, word in zip(self.said, self.heard, strict=False)
        ]


def outcome(trace: Trace, codec: Codec) -> Outcome:
    sound = words.speech(codec.rate_hz, trace.seconds, trace.pause_s)
    encoder = codec.encoder("")
    size = trace.ptime_ms * codec.rate_hz // 1000
    stretches = [encoder.encode(sound[at : at + size]) for at in range(0, sound.size, size)]
    receiver = RtpReceiver(
        agreed(codec=codec, payload_type=PAYLOAD_TYPE, accepts={PAYLOAD_TYPE: codec}),
        PeerLatch(PEER),
        lambda *_: False,
    )
    packets = trace.packets()
    frames = np.zeros((round(trace.seconds / TICK_S), FRAME_SAMPLES), dtype=np.float32)
    at = 0
    for tick, frame in enumerate(frames):
        now = FIRST_TICK_S + tick * TICK_S
        while at < len(packets) and packets[at].arrives <= now:
            packet = packets[at]
            data = plain_packet(
                PAYLOAD_TYPE,
                packet.sequence & 0xFFFF,
                round(packet.stamp_s * codec.clock_rate_hz) & 0xFFFF_FFFF,
                packet.ssrc,
                b"".join(stretches[packet.number : packet.number + packet.stretches]),
                marker=False,
            )
            receiver.receive(data, PEER, packet.arrives)
            at += 1
        played = receiver.play(now)
        if played is not None:
            frame[:] = played
    return Outcome(trace, frames.reshape(-1), receiver, _said(trace, packets))


def _said(trace: Trace, packets: list[Sent]) -> list[int]:
    """Words of which most was sent, but for the last ones, whose end may come too late."""
    stretch_s = trace.ptime_ms / 1000
    sent = np.zeros(round(trace.seconds / stretch_s), dtype=bool)
    for packet in packets:
        sent[packet.number : packet.number + packet.stretches] = True
    said = []
    number = 0
    while (start := words.begins(number, trace.pause_s)) + words.WORD_S < trace.seconds - 0.3:
        share = sent[int(start / stretch_s) : int((start + words.WORD_S) / stretch_s)].mean()
        if share > 0.5:
            said.append(number)
        number += 1
    return said


def check(result: Outcome, bounds: Bounds, *, steepest: float) -> None:
    """Every word in its order, and all within bounds."""
    count = len(result.said)
    heard = result.heard[:count]
    assert [word.word for word in heard] == [number % words.WORDS for number in result.said]
    playout = result.receiver.playout
    delays = result.delays_ms[:count]
    assert float(np.median(delays)) <= bounds.delay_median_ms
    assert float(np.percentile(delays, 95)) <= bounds.delay_p95_ms
    assert float(np.mean(delays[-3:])) <= bounds.delay_end_ms
    assert playout.concealed_samples / 48 <= bounds.concealed_ms
    assert playout.put_in_s * 1000 <= bounds.put_in_ms
    assert playout.left_out_s * 1000 <= bounds.left_out_ms
    assert min(word.length_s for word in heard) >= bounds.shortest_word * words.WORD_S
    assert float(np.abs(np.diff(result.sound)).max()) <= steepest
    assert result.receiver.buffer.skipped == 0


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_whatever_the_network_does_every_word_is_heard_and_soon(trace: Trace) -> None:
    check(outcome(trace, g711.PCMU), trace.bounds, steepest=STEEPEST)


@pytest.mark.parametrize("codec", [g722.G722, opus.OPUS, *l16.ALL], ids=lambda codec: codec.title)
@pytest.mark.parametrize("ptime_ms", [10, 20, 60])
def test_at_every_rate_a_trying_network_costs_the_same(codec: Codec, ptime_ms: int) -> None:
    """Jitter, losses, a spike and a clock that is off, all at once, in packets of each length."""
    result = outcome(replace(TRYING, ptime_ms=ptime_ms), codec)
    check(result, TRYING.bounds, steepest=STEEPEST_OF_OTHERS.get(codec, STEEPEST))
