"""What is there when a stream begins, or is let in, and what clips begin with, is heard whole."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from media.clips.clip_player import CLOSING_SAMPLES
from media.engine.commands import OpenStream, PlayClip
from media.frame import FRAME_SAMPLES, FloatArray
from tests.media.engine.engine_bench import CALL, CLIP, Bench, start
from tests.media.lost_start import band_noise, lost_ms
from tests.media.streams import PEER, packet, payloads_of

WORD = band_noise(3)
PACKETS = [
    packet(number, payload)
    for number, payload in enumerate(
        payloads_of(signal.resample_poly(WORD, 1, 6).astype(np.float32))
    )
]


def heard(bench: Bench) -> FloatArray:
    return np.concatenate(bench.room.frames)


@pytest.mark.parametrize("waiting", range(8))
def test_packets_that_came_before_the_stream_began_are_heard_whole(waiting: int) -> None:
    """As after a 200 whose ACK, or the engine's next tick, came later than the first sound."""
    bench = Bench()
    rtp, _ = start(bench)
    begins = bench.now
    for number, data in enumerate(PACKETS):
        while bench.now < begins + 0.02 * (number - waiting):
            bench.run(1)
        rtp.deliver(data, PEER, begins + 0.02 * (number - waiting))
    bench.run(60)
    assert lost_ms(WORD, heard(bench)) == 0


def test_of_a_call_that_is_let_in_amid_a_word_5_ms_fade_in() -> None:
    bench = Bench()
    rtp, _ = start(bench, opened=False)
    for data in PACKETS[:10]:
        rtp.deliver(data, PEER, bench.now)
        bench.run(2)
    assert not np.any(heard(bench))
    bench.do(OpenStream(CALL))
    for data in PACKETS[10:]:
        rtp.deliver(data, PEER, bench.now)
        bench.run(2)
    bench.run(30)
    opened = heard(bench)[20 * FRAME_SAMPLES :]
    assert np.abs(opened[100:340]).max() > 0.05
    came = opened[np.flatnonzero(opened)[0] :]
    whole = signal.correlate(WORD, came[:FRAME_SAMPLES], "valid")
    amid = WORD[int(whole.argmax()) :]
    assert lost_ms(amid[: 6 * 960], came) <= 5.0


def test_a_clip_is_heard_whole_from_its_first_sample() -> None:
    bench = Bench()
    bench.do(PlayClip(CLIP, WORD))
    bench.run(60)
    assert lost_ms(WORD, heard(bench), likeness_kept=0.98) == 0


def test_the_end_of_a_clip_is_heard_even_when_everything_stops_with_it() -> None:
    """What the engine does at its own end: three more ticks, and nothing is left inside."""
    bench = Bench()
    bench.do(PlayClip(CLIP, WORD))
    while bench.core.clips or not bench.events:
        bench.run(1)
    bench.core.stop_everything(bench.now, bench.now)
    bench.run(3)
    assert lost_ms(WORD[:-CLOSING_SAMPLES][::-1], heard(bench)[::-1], likeness_kept=0.98) == 0
    assert not np.any(bench.room.frames[-1][-FRAME_SAMPLES // 2 :])
