"""What a caller hears before it is answered: its announcement, and nobody else."""

from __future__ import annotations

import numpy as np
import pytest

from media.engine.commands import (
    OpenStream,
    PlayClip,
    SetGains,
    StartFeed,
    StartStream,
    StopClip,
    StopStream,
)
from media.engine.events import ClipId, FeedId, StreamId
from media.engine.feed import Feed
from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray
from media.rtp.packet import RtpPacket
from media.stream.rtp_stream import RtpStream
from tests.media.engine.engine_bench import CLIP, OTHER, Bench, steady
from tests.media.engine.humming import LINEAR, Humming, Peer, tone
from tests.media.streams import agreed
from tests.media.wire import WirePath

EARLY = StreamId("early")
FEED = FeedId("feed")
LEVEL = 0.1


class Caller:
    """Who is being announced, beside a call that is under way, in which somebody speaks."""

    def __init__(self, overhears: ClipId | None = CLIP) -> None:
        self.bench = Bench(microphone=Humming())
        self.talker = Peer(self._start("other", None, opened=True), ssrc=5, payload_type=97)
        self.path = self._start(EARLY, overhears, opened=False)

    def _start(self, name: str, overhears: ClipId | None, *, opened: bool) -> WirePath:
        path = WirePath(("192.0.2.1", 4000))
        terms = agreed(codec=LINEAR, payload_type=97, accepts={97: LINEAR}, ptime_ms=10)
        core = RtpStream(terms, ssrc=9, first_sequence=0, first_timestamp=0, cname="x")
        self.bench.do(
            StartStream(
                StreamId(name), path, WirePath(("", 0)), core, opened=opened, overhears=overhears
            )
        )
        return path

    def hear(self, ticks: int) -> FloatArray:
        """What the caller is sent in so many ticks."""
        before = len(self.path.sent)
        for _ in range(ticks):
            self.talker.send(self.bench.now)
            self.bench.run(1)
        payloads = [RtpPacket.parse(data).payload for data, _ in self.path.sent[before:]]
        return np.concatenate([np.frombuffer(each, ">i2") / 32768 for each in payloads])


def test_other_calls_and_what_they_are_told_are_not_overheard() -> None:
    caller = Caller()
    feed = Feed()
    feed.ring.write(steady(0.3, 60))
    feed.has_ended = True
    caller.bench.do(PlayClip(OTHER, steady(0.2)), StartFeed(FEED, feed))
    caller.hear(20)
    assert not np.any(caller.hear(20))
    caller.bench.do(PlayClip(CLIP, steady(0.1, 200)))
    caller.hear(20)
    assert caller.hear(20) == pytest.approx(0.1, abs=1e-4)
    caller.bench.do(StopStream(StreamId("other"), to_its_end=True))
    assert caller.hear(20) == pytest.approx(0.1, abs=1e-4), "the last word of another call"


@pytest.mark.parametrize(
    "gains", [SetGains(output_muted=True), SetGains(output_gain_db=-20.0)], ids=["muted", "quiet"]
)
def test_the_announcement_is_as_loud_as_its_clip_whatever_the_loudspeaker_s_volume(
    gains: SetGains,
) -> None:
    caller = Caller()
    caller.bench.do(gains, PlayClip(CLIP, steady(0.5), gain_db=-20.0))
    caller.hear(20)
    assert caller.hear(20) == pytest.approx(0.05, abs=1e-4)


def test_two_callers_hear_each_its_own_announcement() -> None:
    caller = Caller()
    second = Caller._start(caller, "second", OTHER, opened=False)
    caller.bench.do(PlayClip(CLIP, steady(0.1)), PlayClip(OTHER, steady(0.2)))
    caller.hear(20)
    assert caller.hear(10) == pytest.approx(0.1, abs=1e-4)
    latest = RtpPacket.parse(second.sent[-1][0]).payload
    assert np.frombuffer(latest, ">i2") / 32768 == pytest.approx(0.2, abs=1e-4)


def test_an_announcement_that_an_answer_cuts_short_fades_beside_the_microphone() -> None:
    caller = Caller()
    caller.bench.do(PlayClip(CLIP, tone(RATE_HZ, 0, RATE_HZ)))
    heard = [caller.hear(31)]
    caller.bench.do(StopClip(CLIP), SetGains(input_muted=True))
    caller.bench.do(OpenStream(EARLY))
    heard.append(caller.hear(10))
    sound = np.concatenate(heard)[2 * FRAME_SAMPLES :]
    assert np.abs(np.diff(sound, 2)).max() < LEVEL / 10
    assert not np.any(sound[-FRAME_SAMPLES:])
    caller.bench.do(PlayClip(CLIP, steady(0.3)))
    caller.hear(5)
    assert not np.any(caller.hear(5)), "of an open call the microphone is heard and nothing else"
