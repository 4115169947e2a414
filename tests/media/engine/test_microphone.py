"""The microphone in the engine: its gain, what is done to its sound, and alarms of loud sound."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from media.devices.loop import LoopInput
from media.engine.commands import DetectSound, PlayClip, SetGains, ShapeMicrophone, UpdateStream
from media.engine.events import SoundDetected
from media.frame import FRAME_SAMPLES, FloatArray
from media.microphone.near_end import EchoCancellation
from media.sdp.direction import Direction
from tests.media.echo.room_recording import near_voice
from tests.media.engine.engine_bench import CALL, CLIP, Bench, decoded, start, steady
from tests.media.streams import agreed


@pytest.mark.parametrize(
    ("gains", "level"),
    [
        (SetGains(), 0.5),
        (SetGains(input_gain_db=-20.0), 0.05),
        (SetGains(input_muted=True), 0.0),
        (SetGains(input_enabled=False), 0.0),
        (SetGains(input_gain_db=20.0), 0.98),
    ],
)
def test_the_microphone_has_its_gain(gains: SetGains, level: float) -> None:
    bench = Bench()
    rtp, _ = start(bench)
    time_s = np.arange(48_000) / 48_000
    tone = (0.5 * np.sin(2 * np.pi * 400 * time_s)).astype(np.float32)
    bench.do(gains, PlayClip(CLIP, tone))
    bench.run(60)
    assert np.abs(decoded(rtp, 5)).max() == pytest.approx(level, rel=0.08, abs=0.001)


class QuietVoice(LoopInput):
    """A microphone before which somebody speaks from afar."""

    def __init__(self) -> None:
        super().__init__()
        self._frames = itertools.cycle(near_voice(1.8, level=0.005).reshape(-1, FRAME_SAMPLES))

    def read(self, into: FloatArray, played: FloatArray | None, now: float) -> None:
        into[:] = next(self._frames)


def test_what_the_peer_hears_is_shaped_as_asked_and_anew_each_time_that_it_hears() -> None:
    bench = Bench(microphone=QuietVoice())
    rtp, _ = start(bench)

    def level_sent() -> float:
        bench.run(60)
        return float(np.sqrt(np.mean(decoded(rtp, 30) ** 2)))

    bench.run(120)
    plain = level_sent()
    bench.do(ShapeMicrophone(automatic_gain=True))
    bench.run(120)
    assert level_sent() > 1.7 * plain
    bench.do(UpdateStream(CALL, agreed(direction=Direction.RECVONLY)))
    bench.run(120)
    bench.do(UpdateStream(CALL, agreed(direction=Direction.SENDRECV)))
    assert level_sent() < 1.4 * plain


@pytest.mark.parametrize(("has_echo", "is_cancelled"), [(True, True), (False, False)])
def test_echo_is_cancelled_where_there_is_a_room(*, has_echo: bool, is_cancelled: bool) -> None:
    bench = Bench(has_echo=has_echo)
    rtp, _ = start(bench)
    bench.do(ShapeMicrophone(echo_cancellation=EchoCancellation.AEC3))
    sound = np.random.default_rng(2).standard_normal(3 * 48_000) * 0.1
    bench.do(PlayClip(CLIP, sound.astype(np.float32)))
    bench.run(280)
    level = float(np.sqrt(np.mean(decoded(rtp, 25) ** 2)))
    assert (level < 0.005) == is_cancelled


def test_loud_sound_at_the_microphone_is_told_while_somebody_wants_to_know() -> None:
    bench = Bench(has_echo=False)
    tone = np.sin(np.arange(20 * FRAME_SAMPLES) / 10).astype(np.float32)
    watch = DetectSound(alarm_level_dbfs=-20.0, quiet_after_s=0.1)

    def told() -> list[bool]:
        bench.events.clear()
        bench.do(PlayClip(CLIP, tone))
        bench.run(40)
        return [each.is_loud for each in bench.events if isinstance(each, SoundDetected)]

    assert told() == []
    bench.do(watch)
    assert bench.events[-1] == SoundDetected(is_loud=False), "whatever was told before"
    assert told() == [True, False]
    bench.do(SetGains(input_gain_db=-20.0))
    assert told() == []
    bench.do(SetGains(input_muted=True))
    assert told() == []
    bench.do(SetGains(), DetectSound(alarm_level_dbfs=None, quiet_after_s=0.1))
    assert told() == []


def test_the_speaker_s_own_sound_in_a_room_is_no_alarm() -> None:
    bench = Bench(has_echo=True)
    bench.do(DetectSound(alarm_level_dbfs=-90.0, quiet_after_s=0.1), PlayClip(CLIP, steady(0.3)))
    bench.run(120)
    assert SoundDetected(is_loud=True) not in bench.events
