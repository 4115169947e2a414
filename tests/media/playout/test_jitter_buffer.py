from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.codecs import g711
from media.playout.jitter_buffer import (
    LONGEST_DELAY_S,
    MOST_WAITING_S,
    START_DELAY_S,
    Absence,
    Fate,
    Gap,
    JitterBuffer,
    MediaPacket,
)

PACKET_S = 0.020
UNITS = 160
TICK_S = 0.010
TICK_UNITS = 80


def packet(number: int, arrived: float, *, timestamp: int | None = None) -> MediaPacket:
    """The `number`-th packet of 20 ms."""
    stamp = number * UNITS if timestamp is None else timestamp
    return MediaPacket(number, stamp, UNITS, g711.PCMU, b"", arrived)


@dataclass
class Player:
    """Takes from a buffer tick for tick and notes what came out."""

    buffer: JitterBuffer = field(default_factory=lambda: JitterBuffer(8000))
    log: list[tuple[float, int | Absence]] = field(default_factory=list)
    now: float = 0.0
    queued: int = 0

    def play(self, packets: list[MediaPacket], until: float) -> None:
        waiting = sorted(packets, key=lambda p: p.arrived)
        while self.now < until - 1e-9:
            while waiting and waiting[0].arrived <= self.now + 1e-9:
                self.buffer.put(waiting.pop(0))
            while self.queued < TICK_UNITS:
                taken = self.buffer.take(self.now, self.queued / 8000, TICK_UNITS - self.queued)
                at = self.now + self.queued / 8000
                self.log.append((at, taken.absence if isinstance(taken, Gap) else taken.sequence))
                self.queued += taken.duration
                if isinstance(taken, Gap) and taken.following and taken.following.codec.repeats:
                    self.buffer.recovered(taken.missing - taken.duration)
                    self.queued += taken.missing - taken.duration
            self.queued -= TICK_UNITS
            self.now += TICK_S

    @property
    def numbers(self) -> list[int]:
        return [what for _, what in self.log if isinstance(what, int)]

    def count(self, absence: Absence) -> int:
        return sum(what is absence for _, what in self.log)

    def played_at(self, number: int) -> float:
        return next(at for at, what in self.log if what == number)


def on_time(numbers: range, delay: float = 0.003) -> list[MediaPacket]:
    return [packet(n, n * PACKET_S + delay) for n in numbers]


def played(packets: list[MediaPacket], until: float) -> Player:
    player = Player()
    player.play(packets, until)
    return player


def test_on_a_clean_network_a_packet_waits_at_most_two_ticks() -> None:
    player = played(on_time(range(50)), 1.0)
    waits = [player.played_at(n) - (n * PACKET_S + 0.003) for n in range(49)]
    assert min(waits) >= START_DELAY_S
    assert max(waits) < 2 * TICK_S
    assert player.count(Absence.LATE) == player.count(Absence.LOST) == 0


def test_on_a_clean_network_slack_that_is_not_needed_is_given_up() -> None:
    player = played(on_time(range(100), delay=0.0035), 2.0)
    assert player.buffer.surplus_s == pytest.approx(0.0165 - 0.006)


def test_slack_is_not_given_up_before_the_network_is_known() -> None:
    assert played(on_time(range(30), delay=0.0035), 0.6).buffer.surplus_s == 0.0


HEADROOM_S = 0.03
UNEVEN = [packet(n, n * PACKET_S + (0.035 if n % 50 == 30 else 0.001)) for n in range(200)]


def test_with_headroom_a_sender_that_is_late_now_and_then_is_heard_without_a_gap() -> None:
    player = Player(JitterBuffer(8000, HEADROOM_S))
    player.play(UNEVEN, 4.0)
    assert player.count(Absence.LATE) == 0
    assert player.played_at(0) == pytest.approx(START_DELAY_S + HEADROOM_S, abs=2 * TICK_S)
    assert played(UNEVEN, 4.0).count(Absence.LATE) > 0


def test_headroom_is_not_given_up_on_a_clean_network() -> None:
    player = Player(JitterBuffer(8000, HEADROOM_S))
    player.play(on_time(range(100), delay=0.006), 2.0)
    assert player.buffer.surplus_s == 0.0


def test_after_a_pause_the_headroom_is_there_again() -> None:
    player = Player(JitterBuffer(8000, HEADROOM_S))
    after = [packet(n, (n + 30) * PACKET_S, timestamp=(n + 30) * UNITS) for n in range(100, 110)]
    player.play(on_time(range(100), delay=0.0) + after, 3.0)
    waited = player.played_at(100) - 130 * PACKET_S
    assert HEADROOM_S <= waited < HEADROOM_S + 3 * TICK_S


def test_more_delay_than_the_headroom_is_told_as_surplus() -> None:
    player = Player(JitterBuffer(8000, HEADROOM_S))
    packets = [packet(n, max(n * PACKET_S + 0.009, 1.3 * (60 <= n < 65))) for n in range(200)]
    player.play(packets, 4.0)
    assert player.buffer.surplus_s > 0.010


@pytest.mark.parametrize(
    ("arrivals", "numbers", "lost_ticks", "late_ticks"),
    [
        pytest.param([0, 20, 40, 60, 80], [0, 1, 2, 3, 4], 0, 0, id="steady"),
        pytest.param([0, 20, None, 60, 80], [0, 1, 3, 4], 1, 1, id="lost"),
        pytest.param([0, 20, None, None, 80], [0, 1, 4], 1, 3, id="two lost"),
        pytest.param([0, 20, None, 41, 60], [0, 1, 3, 4], 2, 0, id="lost, the next one early"),
        pytest.param([0, 20, 65, 66, 80], [0, 1, 2, 3], 0, 2, id="late: holds all others"),
        pytest.param([0, 41, 20, 60, 80], [0, 1, 2, 3], 2, 0, id="overtaken, but just in time"),
        pytest.param([0, 51, 20, 60, 80], [0, 2, 3, 4], 2, 0, id="overtaken and too late"),
        pytest.param([0, 28, 27, 60, 80], [0, 1, 2, 3, 4], 0, 0, id="reordered"),
        pytest.param([0, 1, 2, 3, 4], [0, 1, 2, 3, 4], 0, 0, id="burst"),
    ],
)
def test_packets_come_out_in_order_whatever_the_network_did(
    arrivals: list[int | None], numbers: list[int], lost_ticks: int, late_ticks: int
) -> None:
    """Arrivals in milliseconds of packets of 20 ms; None: never."""
    packets = [packet(n, ms / 1000) for n, ms in enumerate(arrivals) if ms is not None]
    player = played(packets, 0.11)
    assert player.numbers == numbers
    assert player.count(Absence.LOST) == lost_ticks
    assert player.count(Absence.LATE) == late_ticks


def test_a_loss_is_concealed_for_as_long_as_it_is_and_no_longer() -> None:
    player = played([p for p in on_time(range(10)) if p.sequence != 4], 0.2)
    gap_s = player.played_at(5) - player.played_at(3)
    assert gap_s == pytest.approx(2 * PACKET_S)


def test_when_the_way_becomes_longer_sound_is_concealed_once_and_then_later_for_good() -> None:
    packets = [packet(n, n * PACKET_S + (0.045 if n >= 5 else 0.003)) for n in range(40)]
    player = played(packets, 0.8)
    assert player.count(Absence.LATE) == 3
    assert player.numbers == list(range(38))


def test_delay_that_a_stall_of_the_network_left_behind_is_told_as_surplus() -> None:
    """What came before the stall is seen from the later turns that it caused."""
    packets = [packet(n, max(n * PACKET_S + 0.009, 1.3 * (60 <= n < 65))) for n in range(100)]
    assert played(packets, 2.0).buffer.surplus_s > 0.010


def test_packets_that_come_too_late_ask_for_more_delay_at_once() -> None:
    packets = [packet(n, n * PACKET_S + (0.045 if n % 5 == 2 else 0.003)) for n in range(5)]
    player = played(packets, 0.12)
    assert player.buffer.surplus_s == pytest.approx(0.02 - 0.045 - 0.006, abs=1e-6)
    player.buffer.adjusted(0.032)
    assert player.buffer.surplus_s == 0.0


def test_what_a_later_packet_repeats_came_as_late_as_that_one() -> None:
    """With in-band FEC some delay pays: losses that could not be recovered in time ask for it."""
    repeating = replace(g711.PCMU, repeats=True)
    player = Player()
    packets = [p._replace(codec=repeating) for p in on_time(range(100)) if p.sequence % 10 != 5]
    player.play(packets, 2.0)
    assert player.count(Absence.LOST) == 10
    assert player.buffer.surplus_s < 0.0


def test_what_was_led_over_to_the_next_packet_has_had_its_turn() -> None:
    buffer = JitterBuffer(8000)
    for number in (0, 2):
        buffer.put(packet(number, 0.0))
    assert isinstance(buffer.take(0.01, 0.0, TICK_UNITS), MediaPacket)
    gap = buffer.take(0.03, 0.0, TICK_UNITS)
    assert isinstance(gap, Gap)
    buffer.recovered(gap.missing - gap.duration)
    assert buffer.put(packet(1, 0.031)) is Fate.LATE


@pytest.mark.parametrize(("again", "fate"), [(3, Fate.DOUBLED), (1, Fate.DOUBLED)])
def test_a_double_is_dropped_played_or_not(again: int, fate: Fate) -> None:
    player = played(on_time(range(3)), 0.06)
    player.buffer.put(packet(3, 0.061))
    assert player.buffer.put(packet(again, 0.062)) is fate


def test_a_packet_whose_turn_is_over_is_late() -> None:
    player = played([p for p in on_time(range(8)) if p.sequence != 4], 0.16)
    assert player.buffer.put(packet(4, 0.16)) is Fate.LATE


def test_a_packet_that_a_later_one_overtook_is_told() -> None:
    buffer = JitterBuffer(8000)
    fates = [buffer.put(packet(n, 0.0)) for n in (1, 3, 2)]
    assert fates == [Fate.KEPT, Fate.KEPT, Fate.REORDERED]


def test_a_pause_of_the_sender_is_silence_and_no_loss() -> None:
    """RFC 3551 §4.1: with silence suppression time stamps go on, sequence numbers do not jump."""
    before = on_time(range(10))
    after = [packet(n, (n + 40) * PACKET_S, timestamp=(n + 40) * UNITS) for n in range(10, 20)]
    player = played(before + after, 1.3)
    assert player.numbers == list(range(20))
    assert player.count(Absence.LOST) == 0
    assert player.count(Absence.PAUSE) > 60
    waited = player.played_at(10) - 50 * PACKET_S
    assert START_DELAY_S <= waited < 2 * TICK_S


def test_after_a_pause_the_delay_starts_from_what_the_network_needed_before() -> None:
    jittery = [packet(n, n * PACKET_S + (0.040 if n % 4 else 0.0)) for n in range(200)]
    after = [packet(n, (n + 30) * PACKET_S, timestamp=(n + 30) * UNITS) for n in range(200, 210)]
    player = played(jittery + after, 5.0)
    assert player.played_at(200) - 230 * PACKET_S > 0.040


def test_a_pause_takes_back_delay_that_is_no_longer_needed() -> None:
    before = [packet(n, max(n * PACKET_S, 0.1)) for n in range(200)]
    after = [packet(n, (n + 30) * PACKET_S, timestamp=(n + 30) * UNITS) for n in range(200, 210)]
    player = played(before + after, 5.0)
    assert player.played_at(199) - 199 * PACKET_S > 0.1
    assert player.played_at(200) - 230 * PACKET_S < 0.05


def test_a_phone_whose_time_stamps_run_ahead_at_each_key_is_not_heard_later_for_it() -> None:
    """PJSIP 2.x sends 220 ms of events for a key, and counts 260 ms."""
    packets, ahead = on_time(range(60)), 0
    for key in range(4):
        first, ahead = 71 + 40 * key, ahead + 2 * UNITS
        packets += [
            packet(n, n * PACKET_S + 0.003, timestamp=n * UNITS + ahead)
            for n in range(first, first + 29)
        ]
    player = played(packets, 225 * PACKET_S)
    assert player.numbers == [p.sequence for p in packets]
    assert player.played_at(packets[-1].sequence) - packets[-1].arrived <= 0.020


def test_what_was_known_of_the_network_ends_where_the_time_stamps_jump() -> None:
    packets = on_time(range(100), delay=0.0035)
    packets += [
        packet(n, n * PACKET_S + 0.0035, timestamp=n * UNITS + 10_000_000) for n in range(100, 105)
    ]
    assert played(packets[:100], 2.0).buffer.surplus_s > 0
    assert played(packets, 2.1).buffer.surplus_s == 0.0


def test_a_jump_of_the_time_stamps_without_loss_is_played_on_at_once() -> None:
    """A gateway that changes from an announcement to a talker starts another row of stamps."""
    before = on_time(range(10))
    for jump in (10_000_000, -10_000_000):
        after = [packet(n, n * PACKET_S + 0.003, timestamp=n * UNITS + jump) for n in range(10, 20)]
        player = played(before + after, 0.41)
        assert player.numbers == list(range(20))
        assert player.played_at(10) - player.played_at(9) == pytest.approx(PACKET_S)


def test_of_what_a_stalled_network_delivers_at_once_the_last_second_is_kept() -> None:
    stalled = [packet(n, max(n * PACKET_S, 2.0)) for n in range(120)]
    player = played(stalled, 2.2)
    assert player.buffer.skipped == 2.0 / PACKET_S + 1 - MOST_WAITING_S / PACKET_S
    assert player.played_at(60) - 60 * PACKET_S <= MOST_WAITING_S + TICK_S


@pytest.mark.parametrize("before", [0, 100])
def test_more_sound_than_the_longest_delay_is_told_as_surplus_at_once(before: int) -> None:
    """Whether the call begins with it or the network stood still in its middle."""
    stalled = [packet(n, max(n * PACKET_S, 0.5 + before * PACKET_S)) for n in range(before, 200)]
    player = played(on_time(range(before)) + stalled, 0.55 + before * PACKET_S)
    assert player.buffer.surplus_s > LONGEST_DELAY_S
    assert player.buffer.skipped == 0


def test_a_stall_of_the_network_leaves_what_was_known_of_it() -> None:
    before = on_time(range(100), delay=0.0035)
    stalled = [packet(n, max(n * PACKET_S + 0.0035, 2.6)) for n in range(100, 150)]
    player = played(before + stalled, 2.62)
    assert player.buffer.surplus_s == pytest.approx(0.6 + 0.01, abs=0.021)


def test_a_sender_whose_time_stamps_stood_still_in_a_pause_left_no_surplus() -> None:
    after = [packet(n, n * PACKET_S + 0.6) for n in range(100, 120)]
    assert played(on_time(range(100)) + after, 2.8).buffer.surplus_s == 0.0


def test_where_sound_was_skipped_the_joint_is_concealed() -> None:
    player = played(on_time(range(5)), 0.1)
    for number in range(5, 70):
        player.buffer.put(packet(number, 0.1))
    taken = player.buffer.take(0.12, 0.0, TICK_UNITS)
    assert isinstance(taken, Gap)
    assert (taken.duration, taken.absence) == (TICK_UNITS, Absence.LOST)


def test_memory_is_bounded_whatever_durations_packets_claim() -> None:
    buffer = JitterBuffer(8000)
    for number in range(5000):
        buffer.put(MediaPacket(number, number, 1, g711.PCMU, b"", 0.0))
    assert buffer.skipped >= 5000 - 128


def test_a_reset_buffer_takes_up_any_numbers() -> None:
    player = played(on_time(range(100, 105)), 2.2)
    player.buffer.reset(8000)
    player.play([packet(n, 2.2 + n * PACKET_S) for n in range(3)], 2.3)
    assert player.numbers[-3:] == [0, 1, 2]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.floats(0.0, 0.8), st.integers(-5, 5)),
        max_size=40,
    )
)
def test_any_arrivals_come_out_in_order_once_and_time_goes_on(
    arrivals: list[tuple[int, float, int]],
) -> None:
    packets = [
        packet(number, arrived, timestamp=max(number + skew, 0) * UNITS)
        for number, arrived, skew in arrivals
    ]
    player = played(packets, 1.2)
    assert player.numbers == sorted(set(player.numbers))
    assert set(player.numbers) <= {p.sequence for p in packets}
