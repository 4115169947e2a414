"""What is left of a stall of the engine itself: a hole, and then all is as if it had not been."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from media.engine.clock import TickSchedule
from media.frame import FRAME_SAMPLES, TICK_S, FloatArray
from media.rtp.packet import RtpPacket
from media.stream.rtp_stream import RtpStream
from tests.media.streams import PEER, packet, payloads_of, steady, stream
from tests.media.synthetic_voice import voice

STALL_AT_S = 2.0
OVER_S = 0.05
"""From the end of a stall until the last joint has been played."""

Arrivals = Sequence[tuple[float, bytes]]
Stalls = Sequence[tuple[float, float]]
"""When each begins, and how long it lasts, in seconds."""


def heard(core: RtpStream, arrivals: Arrivals, until: float, stalls: Stalls = ()) -> FloatArray:
    """What the stream plays to an engine that stalls, each frame at its tick; else silence."""
    schedule = TickSchedule(0.0)
    sound = np.zeros((round(until / TICK_S), FRAME_SAMPLES), dtype=np.float32)
    waiting = sorted(arrivals)
    ticks = 0
    while ticks + schedule.skipped < len(sound):
        now = schedule.next_at
        now = max([now, *(at + length for at, length in stalls if at <= now < at + length)])
        skipped_before = schedule.skipped
        due = schedule.due(now)
        if schedule.skipped != skipped_before:
            core.skip(schedule.skipped - skipped_before)
        while waiting and waiting[0][0] <= now + 1e-9:  # sums of 0.01 are not exact
            at, data = waiting.pop(0)
            core.receive(data, PEER, at)
        for _ in range(due):
            frame = core.play(now)
            if frame is not None and ticks + schedule.skipped < len(sound):
                sound[ticks + schedule.skipped] = frame
            ticks += 1
    return sound.reshape(-1)


@functools.cache
def talk(*, pauses: bool, samples: int = 160) -> Arrivals:
    payloads = payloads_of(voice(8000, 4.0, pauses=pauses), samples)
    return [
        (0.0035 + number * samples / 8000, packet(number, payload, samples=samples))
        for number, payload in enumerate(payloads)
    ]


@functools.cache
def unstalled(samples: int = 160) -> FloatArray:
    """What a punctual engine plays."""
    return heard(stream(), talk(pauses=False, samples=samples), 3.9)


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 60])
@pytest.mark.parametrize("stall_ms", [30, 60, 150, 500])
def test_after_a_stall_sound_goes_on_where_it_would_have_been_without_it(
    stall_ms: int, ptime_ms: int
) -> None:
    arrivals = talk(pauses=False, samples=8 * ptime_ms)
    core = stream()
    stalled = heard(core, arrivals, 3.9, [(STALL_AT_S, stall_ms / 1000)])
    after = round((STALL_AT_S + stall_ms / 1000 + OVER_S + ptime_ms / 1000) * 48_000)
    assert np.allclose(stalled[after:], unstalled(8 * ptime_ms)[after:], atol=1e-5)
    lost_ms = core.statistics.packets_skipped * ptime_ms
    assert stall_ms - 40 <= lost_ms <= stall_ms + 2 * ptime_ms


@pytest.mark.parametrize("stall_ms", [30, 60, 150, 500])
def test_after_a_stall_in_talk_with_pauses_the_delay_is_what_it_was(stall_ms: int) -> None:
    """Pauses in which sound is left out may fall into the stall, so the sound may differ."""
    arrivals = talk(pauses=True)
    for at in np.arange(1.5, 2.5, 0.07):
        core = stream()
        heard(core, arrivals, at + stall_ms / 1000 + 0.1, [(at, stall_ms / 1000)])
        assert core.statistics.playout_delay_ms <= 30


@pytest.mark.parametrize("stall_ms", [5, 15, 24])
def test_lateness_that_a_burst_of_ticks_makes_up_for_loses_nothing(stall_ms: int) -> None:
    core = stream()
    stalls = [(at, stall_ms / 1000) for at in np.arange(1.0, 3.0, 0.1)]
    assert np.array_equal(heard(core, talk(pauses=False), 3.9, stalls), unstalled())
    assert core.statistics.packets_skipped == 0


@pytest.mark.parametrize("stall_ms", [30, 60, 150, 500])
def test_the_joint_after_a_stall_does_not_click(stall_ms: int) -> None:
    stalled = heard(stream(), talk(pauses=False), 3.9, [(STALL_AT_S, stall_ms / 1000)])
    played = np.concatenate(  # what a loudspeaker gets has no place for frames that never were
        [frame for frame in stalled.reshape(-1, FRAME_SAMPLES) if np.any(frame)]
    )
    assert np.abs(np.diff(played)).max() < 1.5 * np.abs(np.diff(unstalled())).max()


@settings(deadline=None, max_examples=30)
@example([(1.75, 0.25), (1.90625, 0.25)])
@given(st.lists(st.tuples(st.floats(0.5, 2.5), st.floats(0.0, 0.3)), max_size=6))
def test_any_stalls_leave_no_delay_behind(stalls: Stalls) -> None:
    after = round((max([0.0, *(at + length for at, length in stalls)]) + 0.4) * 48_000)
    stalled = heard(stream(), talk(pauses=False), 3.9, stalls)
    assert np.allclose(stalled[after:], unstalled()[after:], atol=1e-5)


def test_a_talker_who_began_during_the_stall_is_heard_without_delay() -> None:
    arrivals = [(at + 1.0, data) for at, data in talk(pauses=False)]
    core = stream()
    heard(core, arrivals, 2.0, [(0.95, 0.5)])
    assert core.statistics.playout_delay_ms <= 30


def test_one_packet_that_came_during_the_stall_is_played_however_long_it_is() -> None:
    (first, *_) = talk(pauses=False, samples=480)
    assert np.any(heard(stream(), [(0.95, first[1])], 2.0, [(0.9, 0.15)]))


def test_a_stall_and_a_loss_at_once_leave_no_delay_behind() -> None:
    arrivals = steady(payloads_of(voice(8000, 4.0, pauses=False)), lost=range(98, 106))
    core = stream()
    heard(core, arrivals, 2.3, [(STALL_AT_S, 0.15)])
    assert core.statistics.playout_delay_ms <= 30


def test_of_a_sender_who_stood_still_too_nothing_is_lost() -> None:
    """As two programs of one machine that stops."""
    arrivals = [(at + 0.15 * (at >= STALL_AT_S), data) for at, data in talk(pauses=False)]
    core = stream()
    heard(core, arrivals, 3.9, [(STALL_AT_S, 0.15)])
    assert core.statistics.packets_skipped <= 1
    assert core.statistics.playout_delay_ms <= 30


def test_what_was_not_sent_during_a_stall_is_a_pause_to_the_peer() -> None:
    """RFC 3550 §5.1: time stamps go on with the time; RFC 3551 §4.1: the marker ends a pause."""
    ours = stream()
    made = [data for n in range(4) for data, _ in ours.capture(np.zeros(480, np.float32), n / 100)]
    ours.skip(13)
    made += [data for n in range(4) for data, _ in ours.capture(np.zeros(480, np.float32), n / 100)]
    packets = [RtpPacket.parse(data) for data in made]
    steps = np.diff([one.timestamp for one in packets]) % 2**32
    assert list(steps) == [160, 160 + 13 * 80, 160]
    assert [one.sequence for one in packets] == [0xFFFE, 0xFFFF, 0, 1]
    assert [one.marker for one in packets] == [True, False, True, False]
