"""What the engine measures in the time of a stream."""

from __future__ import annotations

import pytest

from media.codecs import g711
from media.engine.arbiter import Pause
from media.engine.commands import OpenStream, PlayClip, SetGains, StopStream
from media.engine.events import ClipId, StreamStopped
from media.engine.stream_sound import StreamSound
from media.frame import TICK_S
from media.mixing.level import SILENCE_DBFS
from tests.media.engine.engine_bench import CALL, Bench, placed, start, steady, talk

LOUD = g711.PCMU.encoder("").encode(steady(0.5, 2)[:960:6])
"""20 ms at half of full scale."""


def stopped(bench: Bench) -> StreamSound:
    bench.do(StopStream(CALL))
    (sound,) = (each.sound for each in bench.events if isinstance(each, StreamStopped))
    return sound


def test_what_comes_what_is_played_and_what_goes_is_measured() -> None:
    """The microphone of this room hears the loudspeaker."""
    bench = Bench()
    bench.do(SetGains(output_gain_db=-20.0, input_gain_db=10.0))
    bench.run(3)
    rtp, _ = start(bench)
    talk(bench, rtp, LOUD, 50)
    sound = stopped(bench)
    assert sound.open_s == pytest.approx(0.5)
    assert sound.received.peak_dbfs == pytest.approx(-6, abs=1)
    assert sound.played.peak_dbfs == pytest.approx(-26, abs=1)
    assert sound.microphone.peak_dbfs == pytest.approx(-26, abs=1)
    assert sound.sent.peak_dbfs == pytest.approx(-16, abs=1)
    assert sound.microphone_muted_s == sound.loudspeaker_muted_s == sound.displaced_s == 0


def test_what_settings_keep_silent_is_told_apart_from_silence() -> None:
    bench = Bench()
    rtp, _ = start(bench)
    bench.do(PlayClip(ClipId("hum"), steady(0.1)), SetGains(input_muted=True))
    talk(bench, rtp, LOUD, 20)
    sound = stopped(bench)
    assert sound.microphone.peak_dbfs > -20
    assert sound.microphone_muted_s == pytest.approx(0.2, abs=2.5 * TICK_S)  # after the ramp
    assert sound.loudspeaker_muted_s == 0
    bench = Bench()
    rtp, _ = start(bench)
    bench.do(SetGains(output_muted=True))
    talk(bench, rtp, LOUD, 20)
    sound = stopped(bench)
    assert sound.received.peak_dbfs > -10
    assert sound.loudspeaker_muted_s == pytest.approx(0.2, abs=2.5 * TICK_S)


def test_the_time_in_which_something_else_had_the_loudspeaker_is_counted() -> None:
    bench = Bench()
    rtp, _ = start(bench)
    talk(bench, rtp, LOUD, 20)
    bench.do(PlayClip(ClipId("alarm"), steady(0.5, 30), placement=placed(99, Pause())))
    talk(bench, rtp, LOUD, 50)
    sound = stopped(bench)
    assert sound.displaced_s == pytest.approx(0.3, abs=3 * TICK_S)


def test_only_what_an_open_stream_hears_counts() -> None:
    bench = Bench()
    rtp, _ = start(bench, opened=False)
    talk(bench, rtp, LOUD, 20)
    bench.do(OpenStream(CALL))
    bench.run(10)
    sound = stopped(bench)
    assert sound.open_s == pytest.approx(0.1)
    assert sound.sent.seconds == pytest.approx(0.1)
    assert sound.microphone.peak_dbfs < -60 or sound.received.seconds > 0
    bench = Bench()
    rtp, _ = start(bench, opened=False)
    talk(bench, rtp, LOUD, 20)
    assert stopped(bench) == StreamSound()


def test_troubles_of_the_machine_count_from_the_stream_on() -> None:
    bench = Bench()
    for gaps in range(4):  # each one lets the loudspeaker run dry
        bench.run(20)
        bench.now += 0.1
        if gaps == 0:
            bench.run(1)
            start(bench)
    bench.run(3)
    bench.core.skip(7)
    sound = stopped(bench)
    assert (sound.underruns, sound.skipped_ticks) == (3, 7)
    assert sound.sent.peak_dbfs == SILENCE_DBFS


def test_the_level_of_now_is_known_while_there_is_a_stream() -> None:
    bench = Bench()
    bench.run(20)
    before = bench.core.room
    rtp, _ = start(bench)
    talk(bench, rtp, LOUD, 30)
    room = bench.core.room
    assert before is None
    assert room is not None
    assert room.played.level.seconds == pytest.approx(0.1)
    assert room.played.level.peak_dbfs == pytest.approx(-6, abs=1)
    bench.do(StopStream(CALL))
    after = bench.core.room
    assert after is None
