"""The engine in memory: commands and ticks in, sound and events out, time as an argument."""

from __future__ import annotations

import numpy as np
import pytest

from media.codecs import g711
from media.engine.arbiter import Duck, Pause, Stop
from media.engine.commands import (
    OpenStream,
    PlayClip,
    SendNamedEvent,
    SetGains,
    StopClip,
    StopStream,
    UpdateStream,
)
from media.engine.engine_core import MAXIMUM_CLIPS, MAXIMUM_STREAMS
from media.engine.events import (
    ClipEnd,
    ClipFinished,
    ClipId,
    ClipStarted,
    CommandRefused,
    DeviceBack,
    DeviceLost,
    NamedEventReceived,
    StreamDisplaced,
    StreamId,
    StreamSaidGoodbye,
    StreamSilent,
    StreamStopped,
    Underrun,
)
from media.frame import FRAME_SAMPLES, silence
from media.mixing.limiter import CEILING_DB, DELAY_SAMPLES
from media.rtp.packet import RtpPacket
from media.sdp.direction import Direction
from tests.media.engine.engine_bench import (
    CALL,
    CLIP,
    OTHER,
    WALL,
    Bench,
    decoded,
    placed,
    start,
    steady,
    talk,
)
from tests.media.streams import PEER, PEER_CONTROL, agreed, packet

RAMP = 2 * FRAME_SAMPLES + DELAY_SAMPLES
"""Samples until a change of gain is over, as it is heard behind the limiter."""


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


def test_early_media_is_the_clip_that_the_peer_is_to_hear_and_the_peer_is_not_heard() -> None:
    """RFC 3960 §3: what is sent before the call is answered."""
    bench = Bench()
    rtp, _ = start(bench, opened=False, overhears=CLIP, placement=placed(9, Stop()))
    bench.do(PlayClip(CLIP, steady(0.25), placement=placed(1)))
    loud = g711.PCMU.encoder("").encode(steady(0.5, 1)[:160])
    assert talk(bench, rtp, loud, 30)[RAMP:] == pytest.approx(0.25)
    assert decoded(rtp, 2)[160:] == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize("overhears", [None, OTHER])
def test_a_peer_that_overhears_nothing_hears_silence_until_its_stream_is_opened(
    overhears: ClipId | None,
) -> None:
    bench = Bench()
    rtp, _ = start(bench, opened=False, overhears=overhears)
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
