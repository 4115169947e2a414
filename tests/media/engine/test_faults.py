"""A fault of the program in one part of the engine stays there, however long it lasts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import pywebrtc_audio

from media.codecs import g711
from media.devices.loop import LoopInput
from media.devices.ring import Ring
from media.engine.commands import (
    PlayClip,
    ShapeMicrophone,
    StartFeed,
    StartListening,
    StopListening,
    UpdateStream,
)
from media.engine.events import (
    ClipEnd,
    ClipFinished,
    FeedFinished,
    FeedId,
    ListenerId,
    PartFailed,
    StreamFailed,
    StreamId,
    StreamStopped,
)
from media.engine.faults import TOLD_EVERY_S
from media.engine.feed import Feed
from media.engine.listeners import listening_ring
from media.frame import FRAME_SAMPLES, FloatArray
from media.microphone.near_end import EchoCancellation
from nat.datagram_path import Datagram
from tests.media.engine.engine_bench import CALL, CLIP, OTHER, Bench, Room, decoded, start, steady
from tests.media.streams import PEER, packet, stream
from tests.media.wire import WirePath

BAD = StreamId("bad")
LOUD = g711.PCMU.encoder("").encode(steady(0.5, 1)[:160])


class Fault(Exception):
    """What must not happen."""


class BadPath(WirePath):
    """A path that raises in one of its methods, each time."""

    def __init__(self, method: str) -> None:
        super().__init__(("192.0.2.1", 5000))
        self.method = method

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        self._stumble("send")
        super().send(data, to)

    def receive(self) -> Sequence[Datagram]:
        self._stumble("receive")
        return super().receive()

    def _stumble(self, method: str) -> None:
        if self.method == method:
            raise Fault(method)


class BadDecoder:
    """Takes nothing."""

    silent = True

    def decode(self, payload: bytes) -> FloatArray:
        raise Fault("decode")

    def conceal(self, count: int) -> FloatArray:
        raise Fault("conceal")

    def recover(self, following: bytes, count: int) -> FloatArray | None:
        raise Fault("recover")


class BadEncoder:
    def encode(self, samples: FloatArray) -> bytes:
        raise Fault("encode")


class BadRing(Ring):
    def read(self, into: FloatArray) -> int:
        raise Fault("read")

    def write(self, samples: FloatArray) -> int:
        raise Fault("write")


class BadSamples(np.ndarray[tuple[int], np.dtype[np.float32]]):
    """Samples that are there at first."""

    def __getitem__(self, key: object) -> object:  # type: ignore[override]
        if isinstance(key, slice) and (key.start or 0) >= 5 * FRAME_SAMPLES:
            raise Fault("samples")
        return super().__getitem__(key)  # type: ignore[call-overload]


def faults(bench: Bench) -> list[tuple[str, str]]:
    return [
        (event.part, str(event.fault)) for event in bench.events if isinstance(event, PartFailed)
    ]


def run(bench: Bench, *paths: WirePath, ticks: int = 50) -> FloatArray:
    """What is heard while a loud packet comes to each path every 20 ms."""
    heard = []
    for tick in range(ticks):
        for path in paths:
            if tick % 2 == 0:
                path.deliver(packet(int(bench.now * 50), LOUD), PEER, bench.now)
        heard.append(bench.run(1))
    return np.concatenate(heard)


def bad_codec() -> dict[str, object]:
    codec = dataclasses.replace(g711.PCMU, decoder=BadDecoder, encoder=lambda _: BadEncoder())
    return {"codec": codec, "accepts": {0: codec}}


def start_bad(bench: Bench, where: str) -> None:
    """A stream that raises at one place."""
    rtp, rtcp = BadPath(where.removeprefix("rtp ")), BadPath(where.removeprefix("rtcp "))
    core = stream(**bad_codec()) if where == "codec" else stream()
    start(bench, BAD, rtp=rtp, rtcp=rtcp, core=core)


@pytest.mark.parametrize("where", ["rtp receive", "rtp send", "rtcp receive", "codec"])
def test_a_stream_that_raises_is_stopped_and_all_others_go_on(where: str) -> None:
    bench = Bench()
    bench.do(PlayClip(CLIP, steady(0.1)))
    start_bad(bench, where)
    rtp, _ = start(bench)
    heard = run(bench, rtp)
    assert heard[-FRAME_SAMPLES:] == pytest.approx(0.6, abs=0.03), "the other call and the clip"
    assert len(rtp.sent) == pytest.approx(25, abs=1)
    assert decoded(rtp, 2)[160:] == pytest.approx(0.6, abs=0.05)
    assert [part for part, _ in faults(bench)] == ["stream bad"]
    told = [event for event in bench.events if getattr(event, "stream", None) == BAD]
    assert [type(event) for event in told] == [StreamFailed, StreamStopped]
    assert bench.core.streams == 1


def test_a_stream_that_fails_gives_its_paths_back_and_can_be_started_again() -> None:
    bench = Bench()
    rtp, rtcp = BadPath("receive"), BadPath("")
    start(bench, rtp=rtp, rtcp=rtcp)
    bench.run(1)
    assert rtp.is_closed
    assert rtcp.is_closed
    again, _ = start(bench)
    bench.run(10)
    assert len(again.sent) == pytest.approx(5, abs=1)


def test_a_fault_is_told_with_its_trace_and_in_words() -> None:
    bench = Bench()
    start(bench, rtp=BadPath("receive"))
    bench.run(1)
    (told,) = [event for event in bench.events if isinstance(event, PartFailed)]
    assert told.fault.__traceback__ is not None
    assert StreamFailed(CALL, "Fault: receive") in bench.events


def test_the_sound_of_a_call_that_cannot_send_any_more_fades() -> None:
    bench = Bench()
    rtp = BadPath("")
    start(bench, rtp=rtp)
    run(bench, rtp)
    rtp.method = "send"
    heard = run(bench, ticks=6)
    assert np.abs(np.diff(heard)).max() < 0.005
    assert not np.any(heard[-FRAME_SAMPLES:])


def test_a_clip_that_raises_is_over_and_another_one_is_heard_whole() -> None:
    bench = Bench()
    bench.do(PlayClip(CLIP, steady(0.2).view(BadSamples)), PlayClip(OTHER, steady(0.3)))
    heard = bench.run(20)
    assert heard[-FRAME_SAMPLES:] == pytest.approx(0.3)
    assert faults(bench) == [("clip clip", "samples")]
    assert ClipFinished(CLIP, ClipEnd.FAILED) in bench.events
    assert bench.core.clips == 1


def test_a_feed_that_raises_is_over() -> None:
    bench = Bench()
    feed, sound = FeedId("feed"), Feed()
    sound.ring = BadRing(FRAME_SAMPLES * 10)
    Ring.write(sound.ring, steady(0.5, 5))
    bench.do(StartFeed(feed, sound), PlayClip(CLIP, steady(0.3)))
    assert bench.run(20)[-FRAME_SAMPLES:] == pytest.approx(0.3)
    assert faults(bench) == [("feed feed", "read")]
    assert FeedFinished(feed, played=False) in bench.events


def test_a_listener_that_raises_hears_no_more_and_the_others_do() -> None:
    bench, ring = Bench(), listening_ring()
    bad, good = ListenerId("bad"), ListenerId("good")
    bench.do(StartListening(bad, BadRing(FRAME_SAMPLES)), StartListening(good, ring))
    bench.run(10)
    assert ring.level == 10 * FRAME_SAMPLES
    assert faults(bench) == [("listener bad", "write")]


def test_a_change_that_a_stream_cannot_bear_ends_that_stream_alone() -> None:
    bench = Bench()
    start(bench, BAD)
    rtp, _ = start(bench)
    bench.do(UpdateStream(BAD, None))  # type: ignore[arg-type]
    bench.run(10)
    assert [part for part, _ in faults(bench)] == ["stream bad"]
    assert bench.core.streams == 1
    assert len(rtp.sent) == pytest.approx(5, abs=1)


def test_a_stream_that_cannot_be_started_is_told_of_as_one_that_ended() -> None:
    bench = Bench(room=Uncounted())
    rtp, rtcp = start(bench)
    bench.run(2)
    told = [type(event) for event in bench.events if getattr(event, "stream", None) == CALL]
    assert told == [StreamFailed, StreamStopped]
    assert rtp.is_closed
    assert rtcp.is_closed


# What serves all


class BadRoom(Room):
    def write(self, frame: FloatArray | None, now: float) -> None:
        super().write(frame, now)
        raise Fault("write")


class Uncounted(Room):
    @property
    def underruns(self) -> int:
        raise Fault("underruns")


class BadMicrophone(LoopInput):
    def read(self, into: FloatArray, played: FloatArray | None, now: float) -> None:
        raise Fault("read")


@pytest.mark.parametrize(
    ("bench", "part"),
    [
        (lambda: Bench(room=BadRoom()), "loudspeaker"),
        (lambda: Bench(microphone=BadMicrophone()), "microphone"),
    ],
)
def test_a_device_that_raises_silences_no_call_and_is_told_once_a_minute(
    bench: Callable[[], Bench], part: str
) -> None:
    made = bench()
    rtp, _ = start(made)
    run(made, rtp)
    assert len(rtp.sent) == pytest.approx(25, abs=1)
    assert [each for each, _ in faults(made)] == [part]
    made.now += TOLD_EVERY_S
    made.run(1)
    assert [each for each, _ in faults(made)] == [part, part]


class Canceller:
    """Stands for the library's, which raises so many times."""

    faults_left = 0

    def __init__(self, **_: object) -> None:
        """As the library's."""

    def process(self, near: FloatArray, far: FloatArray) -> FloatArray:
        if Canceller.faults_left:
            Canceller.faults_left -= 1
            raise Fault("process")
        return near * np.float32(0.1)  # that much of it is no echo


@pytest.mark.parametrize(
    ("times", "sent"),
    [
        pytest.param(1, 0.05, id="begun anew"),
        pytest.param(10**9, 0.5, id="left out where it fails again and again"),
    ],
)
def test_a_canceller_that_raises_silences_no_call(
    monkeypatch: pytest.MonkeyPatch, times: int, sent: float
) -> None:
    monkeypatch.setattr(pywebrtc_audio, "EchoCanceller", Canceller)
    bench = Bench()
    bench.do(ShapeMicrophone(echo_cancellation=EchoCancellation.AEC3), PlayClip(CLIP, steady(0.5)))
    rtp, _ = start(bench)
    monkeypatch.setattr(Canceller, "faults_left", times)
    bench.run(30)
    assert len(rtp.sent) == pytest.approx(15, abs=1)
    assert decoded(rtp, 2)[160:] == pytest.approx(sent, rel=0.1)
    assert faults(bench) == [("echo cancellation", "process")]


def test_a_canceller_that_was_left_out_is_tried_again_in_the_next_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pywebrtc_audio, "EchoCanceller", Canceller)
    bench = Bench()
    bench.do(ShapeMicrophone(echo_cancellation=EchoCancellation.AEC3))
    listener = ListenerId("first")
    bench.do(StartListening(listener, listening_ring()))
    monkeypatch.setattr(Canceller, "faults_left", 10**9)
    bench.run(10)
    monkeypatch.setattr(Canceller, "faults_left", 0)
    bench.do(PlayClip(CLIP, steady(0.5)))
    bench.do(StopListening(listener))
    bench.run(2)
    rtp, _ = start(bench)
    bench.run(30)
    assert decoded(rtp, 2)[160:] == pytest.approx(0.05, rel=0.1)
