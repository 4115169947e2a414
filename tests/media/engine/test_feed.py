"""Sound that another thread hands over as it comes, and microphones that others listen to."""

import itertools

import numpy as np
import pytest

from media.engine.arbiter import Duck, Pause, Stop
from media.engine.commands import (
    PlayClip,
    SetGains,
    StartFeed,
    StartListening,
    StopFeed,
    StopListening,
)
from media.engine.engine_core import MAXIMUM_FEEDS
from media.engine.events import CommandRefused, FeedFinished, FeedId, ListenerId
from media.engine.feed import Feed
from media.engine.feed_writer import FULL_S, FeedWriter
from media.engine.listeners import CAPACITY_S, MAXIMUM_LISTENERS, listening_ring
from media.frame import FRAME_SAMPLES, RATE_HZ, TICK_S, FloatArray
from media.mixing.limiter import DELAY_SAMPLES
from tests.media.engine.engine_bench import CLIP, OTHER, Bench, placed, steady

FEED = FeedId("feed")
EAR = ListenerId("ear")


def fed(samples: FloatArray, *, start_s: float = 0.0, ended: bool = False) -> Feed:
    feed = Feed()
    feed.start_samples = round(start_s * RATE_HZ)
    feed.ring.write(samples)
    feed.has_ended = ended
    return feed


def test_what_is_written_is_heard_to_its_end_and_told() -> None:
    bench = Bench()
    bench.do(StartFeed(FEED, fed(steady(0.5, 5)[:-100], ended=True)))
    heard = bench.run(8)
    assert np.all(heard[FRAME_SAMPLES + DELAY_SAMPLES : 4 * FRAME_SAMPLES] == 0.5)
    assert not np.any(heard[6 * FRAME_SAMPLES + DELAY_SAMPLES :])
    assert np.abs(np.diff(heard)).max() < 0.01
    assert bench.events == [FeedFinished(FEED, played=True)]


def test_a_feed_waits_for_its_start_and_again_after_a_gap() -> None:
    bench = Bench()
    feed = fed(steady(0.5, 2), start_s=0.03)
    bench.do(StartFeed(FEED, feed))
    assert not np.any(bench.run(10))
    feed.ring.write(steady(0.5, 1))
    assert np.count_nonzero(bench.run(10)) == pytest.approx(3 * FRAME_SAMPLES, abs=250)
    feed.ring.write(steady(0.5, 2))
    assert not np.any(bench.run(10))
    assert feed.gaps == 1
    feed.has_ended = True
    assert np.count_nonzero(bench.run(10)) == pytest.approx(2 * FRAME_SAMPLES, abs=250)
    assert bench.events == [FeedFinished(FEED, played=True)]


def test_a_feed_without_any_sound_ends_too() -> None:
    bench = Bench()
    bench.do(StartFeed(FEED, fed(steady(0.5, 0), start_s=0.1, ended=True)))
    bench.run(2)
    assert bench.events == [FeedFinished(FEED, played=True)]


def test_a_feed_that_is_stopped_fades() -> None:
    bench = Bench()
    bench.do(StartFeed(FEED, fed(steady(0.5, 50))))
    bench.run(10)
    bench.do(StopFeed(FEED))
    heard = bench.run(5)
    assert np.abs(np.diff(heard)).max() < 0.01
    assert not np.any(heard[4 * FRAME_SAMPLES :])
    assert bench.events == [FeedFinished(FEED, played=False)]


def test_a_feed_takes_part_in_who_is_heard() -> None:
    bench = Bench()
    feed = fed(steady(0.5, 100))
    bench.do(
        PlayClip(CLIP, steady(0.1), placement=placed(1)),
        StartFeed(FEED, feed, placed(2, Duck(by_db=20.0))),
    )
    assert bench.run(10)[-1] == pytest.approx(0.51)
    before = feed.ring.level
    bench.do(PlayClip(OTHER, steady(0.2), placement=placed(3, Pause())))
    assert bench.run(10)[-1] == pytest.approx(0.2)
    assert before - feed.ring.level == 10 * FRAME_SAMPLES  # it is live, and goes on unheard
    bench.do(PlayClip(OTHER, steady(0.2), placement=placed(3, Stop())))
    bench.run(10)
    assert FeedFinished(FEED, played=False) in bench.events


def test_there_are_so_many_feeds_and_no_more() -> None:
    bench = Bench()
    for number in range(MAXIMUM_FEEDS + 1):
        bench.do(StartFeed(FeedId(str(number)), Feed()))
    (refused,) = bench.events
    assert isinstance(refused, CommandRefused)


def test_a_listener_hears_the_microphone_at_its_gain_and_silence_when_it_is_muted() -> None:
    bench = Bench()  # its microphone hears what the loudspeaker played a tick before
    ring = listening_ring()
    bench.do(StartListening(EAR, ring), PlayClip(CLIP, steady(0.5)), SetGains(input_gain_db=-6.0))
    bench.run(10)
    heard = np.zeros(10 * FRAME_SAMPLES, dtype=np.float32)
    assert ring.read(heard) == heard.size
    assert heard[-1] == pytest.approx(0.25, abs=0.01)
    bench.do(SetGains(input_muted=True))
    bench.run(5)
    assert ring.read(heard) == 5 * FRAME_SAMPLES
    assert not np.any(heard[3 * FRAME_SAMPLES : 5 * FRAME_SAMPLES])
    bench.do(StopListening(EAR))
    bench.run(5)
    assert ring.level == 0


def test_a_listener_that_does_not_read_loses_sound_and_there_is_an_end_to_listeners() -> None:
    bench = Bench()
    ring = listening_ring()
    bench.do(StartListening(EAR, ring))
    bench.run(100)
    assert ring.level == round(CAPACITY_S * RATE_HZ)
    for number in range(MAXIMUM_LISTENERS):
        bench.do(StartListening(ListenerId(str(number)), listening_ring()))
    assert [type(event) for event in bench.events] == [CommandRefused]


# The writing end


class Sender:
    """Pushes pieces of 20 ms into a feed that an engine plays."""

    def __init__(self, *, start_s: float = 0.12) -> None:
        self.bench = Bench()
        self.feed = Feed()
        self.writer = FeedWriter(self.feed, 8000, start_s=start_s)
        self.bench.do(StartFeed(FEED, self.feed))
        self.heard: list[FloatArray] = []
        self._rest_s = 0.0
        self._phase = itertools.count()

    def pass_time(self, seconds: float) -> None:
        self._rest_s += seconds
        while self._rest_s >= TICK_S / 2:
            self.heard.append(self.bench.run(1))
            self._rest_s -= TICK_S

    def push(self) -> float:
        place = next(self._phase) * 160 + np.arange(160)
        tone = (0.5 * np.sin(2 * np.pi * 400 * place / 8000)).astype(np.float32)
        return self.writer.push(tone, self.bench.now)

    @property
    def sound(self) -> FloatArray:
        return np.concatenate(self.heard)

    @property
    def waiting_s(self) -> float:
        return self.feed.ring.level / RATE_HZ


def test_a_file_is_taken_at_the_pace_of_playing_and_nothing_of_it_is_lost() -> None:
    sender = Sender()
    for _ in range(500):  # 10 s
        sender.pass_time(sender.push())
        assert sender.waiting_s <= FULL_S + 0.03
    sender.writer.end()
    sender.pass_time(2.0)
    assert not sender.writer.is_live
    assert (sender.writer.dropped_s, sender.feed.gaps) == (0.0, 0)
    sounding = np.flatnonzero(np.abs(sender.sound) > 0.01)
    assert (sounding[-1] - sounding[0]) / RATE_HZ == pytest.approx(10.0, abs=0.01)
    assert np.abs(np.diff(sender.sound)).max() < 0.06  # of a tone of 400 Hz: 0.026
    assert sender.bench.events == [FeedFinished(FEED, played=True)]


@pytest.mark.parametrize("drift", [2000e-6, -2000e-6])
def test_a_live_sender_is_followed_for_as_long_as_it_likes(drift: float) -> None:
    sender = Sender()
    for _ in range(6000):  # 2 min: 0.24 s of drift
        assert sender.push() == 0.0
        sender.pass_time(0.02 / (1 + drift))
    assert sender.writer.is_live
    assert sender.feed.gaps == 0
    assert 0.02 < sender.waiting_s < 0.2


def test_what_a_stall_has_held_up_is_left_out_without_a_click() -> None:
    sender = Sender()
    for _ in range(200):
        sender.push()
        sender.pass_time(0.02)
    sender.pass_time(2.0)
    for _ in range(100):
        assert sender.push() == 0.0
    for _ in range(100):
        sender.push()
        sender.pass_time(0.02)
    assert sender.writer.dropped_s > 0.7
    assert sender.waiting_s < 0.3
    assert sender.feed.gaps == 1
    assert np.abs(np.diff(sender.sound)).max() < 0.06


def test_an_uneven_sender_breaks_off_a_few_times_and_then_no_more() -> None:
    sender = Sender(start_s=0.04)
    gaps = []
    for pause_s in [0.3, 0.1] * 50:
        for _ in range(10):
            sender.push()
        sender.pass_time(pause_s)
        gaps.append(sender.feed.gaps)
    assert gaps[-1] == gaps[30] > 0
