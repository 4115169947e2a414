"""A peer that hangs up behind its last word, which the network brings all at once."""

from __future__ import annotations

import numpy as np
import pytest

from media.engine.commands import StopStream
from media.engine.stream_voice import LAST_WORD_S
from media.frame import FRAME_SAMPLES
from media.resampling.whole_factor import Upsampler
from tests.media.engine.engine_bench import CALL, Bench, start
from tests.media.streams import PEER, packet, payloads_of
from tests.media.synthetic_voice import voice

TALK_S = 1.0
"""Before the network stands still."""


@pytest.mark.parametrize("ptime_ms", [10, 20, 60])
@pytest.mark.parametrize("waiting_ms", [60, 180, 600, 960])
def test_what_came_at_once_before_the_goodbye_is_heard_as_it_was_said(
    waiting_ms: int, ptime_ms: int
) -> None:
    bench = Bench()
    rtp, _ = start(bench)
    samples = ptime_ms * 8
    payloads = payloads_of(voice(8000, 2.5, pauses=False), samples)
    sent = -(-round(TALK_S * 1000) // ptime_ms)
    for number in range(sent):
        rtp.deliver(packet(number, payloads[number], samples=samples), PEER, bench.now)
        bench.run(ptime_ms // 10)
    for number in range(sent, sent + waiting_ms // ptime_ms):
        rtp.deliver(packet(number, payloads[number], samples=samples), PEER, bench.now)
    bench.do(StopStream(CALL, to_its_end=True))
    before = len(bench.room.frames)
    bench.run(130)
    heard = np.concatenate(bench.room.frames[before - 50 :])
    said = Upsampler(6).resample(voice(8000, 2.5, pauses=False))
    word = said[sent * ptime_ms * 48 :][: waiting_ms * 48]
    match = np.correlate(heard, word, "valid")
    found = heard[int(np.argmax(match)) :][: word.size]
    assert np.corrcoef(found, word)[0, 1] > 0.99
    assert not np.any(heard[-FRAME_SAMPLES:])


def test_a_peer_whose_last_packets_lie_far_apart_is_not_waited_for() -> None:
    bench = Bench()
    rtp, _ = start(bench)
    payloads = payloads_of(voice(8000, 2.0, pauses=False))
    for number in range(50):
        rtp.deliver(packet(number, payloads[number]), PEER, bench.now)
        bench.run(2)
    for number in range(50, 90):  # one in 180 ms by their time stamps
        far = packet(number, payloads[number], first_timestamp=(number - 49) * 1440)
        rtp.deliver(far, PEER, bench.now)
    bench.do(StopStream(CALL, to_its_end=True))
    heard = bench.run(round(LAST_WORD_S * 100) + 5)
    assert np.any(heard[48_000 : 48_000 + 4800])
    assert not np.any(heard[-FRAME_SAMPLES:])
