"""The engine in memory: commands and ticks in, sound and events out, time as an argument."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass, field

import numpy as np
import pytest

from media.codecs import g711
from media.devices.loop import LoopInput
from media.devices.null import NullOutput
from media.engine.arbiter import Duck, Pause, Placement, Stop, Treatment
from media.engine.commands import (
    DetectSound,
    OpenStream,
    PlayClip,
    SendNamedEvent,
    SetGains,
    ShapeMicrophone,
    StartStream,
    StopClip,
    StopStream,
    UpdateStream,
)
from media.engine.engine_core import MAXIMUM_CLIPS, MAXIMUM_STREAMS, EngineCore
from media.engine.events import (
    ClipEnd,
    ClipFinished,
    ClipId,
    ClipStarted,
    CommandRefused,
    DeviceBack,
    DeviceLost,
    EngineEvent,
    NamedEventReceived,
    SoundDetected,
    StreamDisplaced,
    StreamId,
    StreamSaidGoodbye,
    StreamSilent,
    StreamStopped,
    Underrun,
)
from media.frame import FRAME_SAMPLES, TICK_S, FloatArray, silence
from media.microphone.near_end import EchoCancellation
from media.mixing.limiter import CEILING_DB, DELAY_SAMPLES
from media.rtp.packet import RtpPacket
from media.sdp.direction import Direction
from tests.media.echo.room_recording import near_voice
from tests.media.streams import PEER, PEER_CONTROL, agreed, packet, stream
from tests.media.wire import WirePath

CLIP = ClipId("clip")
OTHER = ClipId("other")
CALL = StreamId("call")
WALL = 1_800_000_000.0
RAMP = 2 * FRAME_SAMPLES + DELAY_SAMPLES
"""Samples until a change of gain is over, as it is heard behind the limiter."""


class Room(NullOutput):
    """A loudspeaker that remembers what it played."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[FloatArray] = []
        self.wrong = ""

    def write(self, frame: FloatArray | None, now: float) -> None:
        super().write(frame, now)
        self.frames.append(silence() if frame is None else frame.copy())

    def trouble(self, now: float) -> str:
        return self.wrong


@dataclass
class Bench:
    """An engine with its room, its clock and what it told."""

    room: Room = field(default_factory=Room)
    microphone: LoopInput = field(default_factory=LoopInput)
    has_echo: bool = True
    events: list[EngineEvent] = field(default_factory=list)
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.core = EngineCore(
            self.room, self.microphone, self.events.append, has_echo=self.has_echo
        )

    def do(self, *commands: object) -> None:
        for command in commands:
            self.core.carry_out(command, self.now, WALL)  # type: ignore[arg-type]

    def run(self, ticks: int) -> FloatArray:
        """What is heard during so many ticks."""
        before = len(self.room.frames)
        for _ in range(ticks):
            self.core.tick(self.now, WALL)
            self.now += TICK_S
        return np.concatenate(self.room.frames[before:])


def steady(level: float, frames: int = 100) -> FloatArray:
    return np.full(frames * FRAME_SAMPLES, level, dtype=np.float32)


def placed(priority: int, treatment: Treatment | None = None, *, queue: bool = False) -> Placement:
    placement = Placement(priority=priority, queue=queue)
    return placement if treatment is None else dataclasses.replace(placement, treatment=treatment)


def start(bench: Bench, name: StreamId = CALL, **changes: object) -> tuple[WirePath, WirePath]:
    """Start a G.711 stream; its two paths."""
    rtp, rtcp = WirePath(("192.0.2.1", 4000)), WirePath(("192.0.2.1", 4001))
    command = StartStream(name, rtp, rtcp, stream())
    bench.do(dataclasses.replace(command, **changes))  # type: ignore[arg-type]
    return rtp, rtcp


def talk(bench: Bench, rtp: WirePath, payload: bytes, ticks: int) -> FloatArray:
    """Send the payload as a packet every 20 ms while the engine runs; what is heard."""
    heard = []
    for tick in range(ticks):
        if tick % 2 == 0:
            rtp.deliver(packet(int(bench.now * 50), payload), PEER, bench.now)
        heard.append(bench.run(1))
    return np.concatenate(heard)


# Clips


def test_a_clip_is_heard_from_the_next_tick_and_told_of() -> None:
    bench = Bench()
    bench.do(PlayClip(CLIP, steady(0.5, 10)))
    heard = bench.run(11)
    assert np.any(heard[:FRAME_SAMPLES])
    assert np.all(heard[RAMP : 9 * FRAME_SAMPLES] == 0.5)
    assert not np.any(heard[10 * FRAME_SAMPLES + DELAY_SAMPLES :])
    assert bench.events == [ClipStarted(CLIP), ClipFinished(CLIP, ClipEnd.PLAYED)]


def test_a_clip_plays_at_its_gain_as_often_as_asked() -> None:
    bench = Bench()
    bench.do(PlayClip(CLIP, steady(0.5, 5), gain_db=-20.0, repeat=2))
    heard = bench.run(16)
    assert heard[RAMP : 14 * FRAME_SAMPLES] == pytest.approx(0.05)
    assert not np.any(heard[15 * FRAME_SAMPLES + DELAY_SAMPLES :])
    assert bench.events.count(ClipFinished(CLIP, ClipEnd.PLAYED)) == 1


def test_a_stopped_clip_fades_out_within_20_ms() -> None:
    bench = Bench()
    bench.do(PlayClip(CLIP, steady(0.5)))
    bench.run(10)
    bench.do(StopClip(CLIP), StopClip(CLIP))
    heard = bench.run(4)
    assert np.abs(np.diff(heard)).max() < 0.001
    assert not np.any(heard[RAMP:])
    assert bench.events[-1] == ClipFinished(CLIP, ClipEnd.STOPPED)
    assert bench.core.clips == 0


def test_a_clip_of_the_same_name_replaces_the_first_one_without_a_click() -> None:
    bench = Bench()
    bench.do(PlayClip(CLIP, steady(0.5)))
    bench.run(10)
    bench.do(PlayClip(CLIP, steady(-0.25)))
    heard = bench.run(10)
    assert np.abs(np.diff(heard)).max() < 0.002
    assert np.all(heard[RAMP:] == -0.25)
    assert bench.events == [
        ClipStarted(CLIP),
        ClipFinished(CLIP, ClipEnd.REPLACED),
        ClipStarted(CLIP),
    ]


def test_a_page_ducks_the_music_and_gives_it_back() -> None:
    bench = Bench()
    bench.do(PlayClip(CLIP, steady(0.5), placement=placed(1)))
    bench.run(5)
    bench.do(PlayClip(OTHER, steady(0.1, 10), placement=placed(2, Duck(20.0))))
    during = bench.run(10)
    assert np.abs(np.diff(during)).max() < 0.001
    assert during[RAMP : 9 * FRAME_SAMPLES] == pytest.approx(0.15)
    assert bench.run(5)[RAMP:] == pytest.approx(0.5)


def test_a_paused_clip_goes_on_where_it_was_and_loses_nothing() -> None:
    bench = Bench()
    rising = np.linspace(0.0, 0.5, 50 * FRAME_SAMPLES, dtype=np.float32)
    bench.do(PlayClip(CLIP, rising, placement=placed(1)))
    last_before = bench.run(10)[-1]
    bench.do(PlayClip(OTHER, silence(20 * FRAME_SAMPLES), placement=placed(2, Pause())))
    during = bench.run(20)
    assert not np.any(during[RAMP:])
    after = bench.run(10)
    assert after[RAMP] == pytest.approx(last_before + 0.5 * RAMP / rising.size, abs=0.001)
    assert ClipFinished(CLIP, ClipEnd.STOPPED) not in bench.events


def test_a_queued_clip_waits_and_follows_at_once() -> None:
    bench = Bench()
    bench.do(
        PlayClip(CLIP, steady(0.5, 5), placement=placed(1, queue=True)),
        PlayClip(OTHER, steady(0.25, 5), placement=placed(1, queue=True)),
    )
    heard = bench.run(11)
    assert np.all(heard[RAMP : 4 * FRAME_SAMPLES] == 0.5)
    assert np.all(heard[5 * FRAME_SAMPLES + RAMP : 9 * FRAME_SAMPLES] == 0.25)
    assert np.any(heard[5 * FRAME_SAMPLES : 6 * FRAME_SAMPLES])
    assert bench.events == [
        ClipStarted(CLIP),
        ClipFinished(CLIP, ClipEnd.PLAYED),
        ClipStarted(OTHER),
        ClipFinished(OTHER, ClipEnd.PLAYED),
    ]


def test_a_queued_clip_does_not_wait_for_an_equal_that_came_later() -> None:
    bench = Bench()
    bench.do(PlayClip(CLIP, steady(0.5, 5), placement=placed(1, queue=True)))
    start(bench, placement=placed(1))
    bench.run(1)
    assert bench.events == [ClipStarted(CLIP)]


def test_a_clip_that_a_page_stops_is_over() -> None:
    bench = Bench()
    bench.do(PlayClip(CLIP, steady(0.5), placement=placed(1)))
    bench.run(5)
    bench.do(PlayClip(OTHER, steady(0.1, 5), placement=placed(2, Stop())))
    heard = bench.run(10)
    assert ClipFinished(CLIP, ClipEnd.STOPPED) in bench.events
    assert not np.any(heard[6 * FRAME_SAMPLES + DELAY_SAMPLES :])


@pytest.mark.parametrize(
    "command",
    [
        PlayClip(CLIP, silence(0)),
        PlayClip(CLIP, np.zeros(10, dtype=np.int16)),
        PlayClip(CLIP, silence(10), repeat=-2),
    ],
)
def test_what_cannot_be_played_is_refused_with_the_reason(command: PlayClip) -> None:
    bench = Bench()
    bench.do(command)
    (event,) = bench.events
    assert isinstance(event, CommandRefused)
    assert event.command == "PlayClip clip"


def test_there_is_a_most_of_clips_and_of_streams() -> None:
    bench = Bench()
    for number in range(MAXIMUM_CLIPS + 1):
        bench.do(PlayClip(ClipId(str(number)), steady(0.0)))
    for number in range(MAXIMUM_STREAMS + 1):
        rtp, rtcp = start(bench, StreamId(str(number)))
    assert rtp.is_closed
    assert rtcp.is_closed
    assert [type(event) for event in bench.events] == [CommandRefused, CommandRefused]


def test_ten_loud_clips_do_not_clip() -> None:
    bench = Bench()
    for number in range(10):
        bench.do(PlayClip(ClipId(str(number)), steady(0.9)))
    assert np.abs(bench.run(20)).max() <= 10 ** (CEILING_DB / 20) * 1.00001


# Gains


def test_the_output_is_turned_down_and_muted_without_a_click() -> None:
    bench = Bench()
    bench.do(PlayClip(CLIP, steady(0.5)))
    bench.run(5)
    bench.do(SetGains(output_gain_db=-20.0))
    assert bench.run(5)[RAMP:] == pytest.approx(0.05)
    bench.do(SetGains(output_muted=True))
    heard = bench.run(5)
    assert np.abs(np.diff(heard)).max() < 0.001
    assert not np.any(heard[RAMP:])


def decoded(rtp: WirePath, packets: int) -> FloatArray:
    """The sound of the last packets that were sent, but for the decoder's rise from zero."""
    decoder = g711.PCMU.decoder()
    payloads = [RtpPacket.parse(data).payload for data, _ in rtp.sent[-packets:]]
    return np.concatenate([decoder.decode(payload) for payload in payloads])[20:]


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


# Streams


def test_the_peer_is_heard_and_hears_the_microphone() -> None:
    bench = Bench()
    rtp, _ = start(bench)
    loud = g711.PCMU.encoder("").encode(steady(0.5, 1)[:160])
    heard = talk(bench, rtp, loud, 50)
    assert heard[-FRAME_SAMPLES:] == pytest.approx(0.5, abs=0.03)
    assert {to for _, to in rtp.sent} == {PEER}
    assert len(rtp.sent) == pytest.approx(25, abs=1)
    assert decoded(rtp, 2)[160:] == pytest.approx(0.5, abs=0.05)


def test_a_held_stream_is_silent_and_comes_back() -> None:
    bench = Bench()
    rtp, _ = start(bench)
    loud = g711.PCMU.encoder("").encode(steady(0.5, 1)[:160])
    talk(bench, rtp, loud, 30)
    bench.do(UpdateStream(CALL, agreed(direction=Direction.INACTIVE)))
    assert not np.any(talk(bench, rtp, loud, 30)[-FRAME_SAMPLES:])
    bench.do(UpdateStream(CALL, agreed()))
    assert np.any(talk(bench, rtp, loud, 30)[-FRAME_SAMPLES:])


def test_early_media_is_the_sound_of_the_loudspeaker_and_the_peer_is_not_heard() -> None:
    """RFC 3960 §3: what is sent before the call is answered."""
    bench = Bench()
    rtp, _ = start(bench, opened=False, placement=placed(9, Stop()))
    bench.do(PlayClip(CLIP, steady(0.25), placement=placed(1)))
    loud = g711.PCMU.encoder("").encode(steady(0.5, 1)[:160])
    assert talk(bench, rtp, loud, 30)[RAMP:] == pytest.approx(0.25)
    assert decoded(rtp, 2)[160:] == pytest.approx(0.25, abs=0.02)


def test_a_peer_that_may_not_overhear_hears_silence_until_its_stream_is_opened() -> None:
    bench = Bench()
    rtp, _ = start(bench, opened=False, overhears=False)
    bench.do(PlayClip(CLIP, steady(0.25), placement=placed(1)))
    loud = g711.PCMU.encoder("").encode(steady(0.5, 1)[:160])
    assert talk(bench, rtp, loud, 30)[RAMP:] == pytest.approx(0.25)
    assert not np.any(np.abs(decoded(rtp, 2)) > 1e-3)
    assert len(rtp.sent) > 10, "packets go all the same, or a NAT would stay shut"


def test_a_stream_that_is_opened_is_heard_and_claims_the_loudspeaker() -> None:
    bench = Bench()
    rtp, _ = start(bench, opened=False, placement=placed(9, Stop()))
    bench.do(PlayClip(CLIP, steady(0.25), placement=placed(1)))
    loud = g711.PCMU.encoder("").encode(steady(0.5, 1)[:160])
    talk(bench, rtp, loud, 30)
    bench.do(OpenStream(CALL))
    heard = talk(bench, rtp, loud, 30)
    assert heard[-FRAME_SAMPLES:] == pytest.approx(0.5, abs=0.03)
    assert ClipFinished(CLIP, ClipEnd.STOPPED) in bench.events


def test_a_paused_stream_is_only_not_heard() -> None:
    bench = Bench()
    rtp, _ = start(bench, placement=placed(1))
    loud = g711.PCMU.encoder("").encode(steady(0.5, 1)[:160])
    talk(bench, rtp, loud, 30)
    bench.do(PlayClip(CLIP, silence(30 * FRAME_SAMPLES), placement=placed(2, Pause())))
    sent = len(rtp.sent)
    assert not np.any(talk(bench, rtp, loud, 30)[RAMP:])
    assert len(rtp.sent) > sent + 10
    assert talk(bench, rtp, loud, 10)[-FRAME_SAMPLES:] == pytest.approx(0.5, abs=0.03)


def test_a_stream_that_a_page_stops_is_told_of_once_and_stays_silent() -> None:
    bench = Bench()
    rtp, _ = start(bench, placement=placed(1))
    loud = g711.PCMU.encoder("").encode(steady(0.5, 1)[:160])
    talk(bench, rtp, loud, 30)
    bench.do(PlayClip(CLIP, silence(10 * FRAME_SAMPLES), placement=placed(2, Stop())))
    assert not np.any(talk(bench, rtp, loud, 40)[RAMP:])
    assert bench.events.count(StreamDisplaced(CALL)) == 1
    assert not rtp.is_closed


def test_a_stopped_stream_says_goodbye_and_gives_its_paths_back() -> None:
    """RFC 3550 §6.6."""
    bench = Bench()
    rtp, rtcp = start(bench)
    loud = g711.PCMU.encoder("").encode(steady(0.5, 1)[:160])
    talk(bench, rtp, loud, 30)
    bench.do(StopStream(CALL), StopStream(CALL), UpdateStream(CALL, agreed()))
    heard = bench.run(5)
    assert rtcp.sent[-1][1] == PEER_CONTROL
    assert b"\xcb" in rtcp.sent[-1][0]  # 203, the packet type of BYE
    assert rtp.is_closed
    assert rtcp.is_closed
    stopped = bench.events[-1]
    assert isinstance(stopped, StreamStopped)
    assert stopped.statistics.packets_received == 15
    assert np.abs(np.diff(heard)).max() < 0.05
    assert not np.any(heard[-FRAME_SAMPLES:])


def test_a_second_stream_of_the_same_name_is_refused_and_its_paths_closed() -> None:
    bench = Bench()
    first, _ = start(bench)
    second, _ = start(bench)
    assert (first.is_closed, second.is_closed) == (False, True)
    assert bench.events == [CommandRefused("StartStream call", "there is a stream of this name")]


def test_a_silent_peer_is_told_of_once_for_each_silence() -> None:
    bench = Bench()
    rtp, _ = start(bench, silence_limit_s=0.5)
    bench.run(100)
    silent = [event for event in bench.events if isinstance(event, StreamSilent)]
    assert len(silent) == 1
    assert silent[0].silent_s == pytest.approx(0.5, abs=0.06)
    talk(bench, rtp, b"\xff" * 160, 20)
    bench.run(100)
    assert len([event for event in bench.events if isinstance(event, StreamSilent)]) == 2


def test_without_a_limit_a_peer_may_be_silent() -> None:
    bench = Bench()
    start(bench)
    bench.run(1000)
    assert bench.events == []


def test_the_goodbye_of_the_peer_is_told_once() -> None:
    """RFC 3550 §6.6."""
    bench = Bench()
    rtp, rtcp = start(bench)
    talk(bench, rtp, b"\xff" * 160, 4)
    report = bytes.fromhex("80c90001 12345678 81cb0001 12345678")
    rtcp.deliver(report, PEER_CONTROL, bench.now)
    bench.run(20)
    assert bench.events == [StreamSaidGoodbye(CALL)]


def test_a_named_event_of_the_peer_is_handed_on_as_it_came() -> None:
    """RFC 4733 §2.3."""
    bench = Bench()
    rtp, _ = start(bench)
    rtp.deliver(packet(1, b"\x01\x0a\x00\xa0", payload_type=101, marker=True), PEER, bench.now)
    bench.run(1)
    (event,) = bench.events
    assert isinstance(event, NamedEventReceived)
    assert (event.stream, event.packet.payload) == (CALL, b"\x01\x0a\x00\xa0")


def test_a_named_event_is_sent_in_place_of_the_microphone() -> None:
    """RFC 4733 §2.5."""
    bench = Bench()
    rtp, _ = start(bench)
    bench.run(4)
    bench.do(SendNamedEvent(CALL, (b"\x05\x0a\x00\xa0", b"\x05\x8a\x01\x40"), 101))
    bench.run(8)
    sent = [RtpPacket.parse(data) for data, _ in rtp.sent]
    assert [one.payload for one in sent if one.payload_type == 101] == [
        b"\x05\x0a\x00\xa0",
        b"\x05\x8a\x01\x40",
    ]


def test_stopping_everything_ends_every_stream_and_clip() -> None:
    bench = Bench()
    rtp, _ = start(bench)
    bench.do(PlayClip(CLIP, steady(0.5)))
    bench.run(5)
    bench.core.stop_everything(bench.now, WALL)
    heard = bench.run(3)
    assert not np.any(heard[RAMP:])
    assert rtp.is_closed
    assert (bench.core.streams, bench.core.clips) == (0, 0)


# Devices


def test_a_device_that_is_lost_and_comes_back_is_told_of_once_each() -> None:
    bench = Bench()
    bench.run(20)
    bench.room.wrong = "unplugged"
    bench.run(30)
    bench.room.wrong = ""
    bench.run(30)
    assert bench.events == [DeviceLost("output", "unplugged"), DeviceBack("output")]


def test_underruns_are_told_at_most_once_a_second_with_their_number() -> None:
    bench = Bench()
    for _ in range(4):
        bench.run(20)
        bench.now += 0.1
    bench.run(150)
    counts = [event.count for event in bench.events if isinstance(event, Underrun)]
    assert sum(counts) == 4
    assert len(counts) == 2


# The microphone's way


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
