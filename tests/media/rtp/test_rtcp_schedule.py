from __future__ import annotations

import math

import pytest

from media.rtp.rtcp_schedule import RtcpSchedule

COMPENSATION = math.e - 1.5


def schedule(random: float, octets_per_s: float = 10_000.0) -> RtcpSchedule:
    return RtcpSchedule(100.0, octets_per_s=octets_per_s, random=lambda: random)


@pytest.mark.parametrize(("random", "factor"), [(0.0, 0.5), (0.5, 1.0), (0.999, 1.499)])
def test_the_first_report_comes_after_half_the_minimum_spread_by_the_random_number(
    random: float, factor: float
) -> None:
    """RFC 3550 §6.2, §6.3.1: 2.5 s × 0.5 to 1.5, divided by e − 3/2."""
    assert schedule(random).deadline == pytest.approx(100 + 2.5 * factor / COMPENSATION)


def test_later_reports_come_after_the_whole_minimum() -> None:
    """RFC 3550 §6.2: 5 s."""
    timer = schedule(0.5)
    timer.sent(102.0, 100, members=2, senders=2, we_send=True)
    assert timer.deadline == pytest.approx(102 + 5 / COMPENSATION)


def test_nothing_is_due_before_the_deadline() -> None:
    timer = schedule(0.5)
    assert not timer.is_due(timer.deadline - 0.001, members=2, senders=1, we_send=True)
    assert timer.is_due(timer.deadline, members=2, senders=1, we_send=True)


def test_little_bandwidth_makes_reports_rarer() -> None:
    """RFC 3550 §6.3.1: members × average size / (5 % of the session's bandwidth)."""
    timer = schedule(0.5, octets_per_s=100.0)
    timer.sent(100.0, 100, members=2, senders=2, we_send=True)
    assert timer.deadline == pytest.approx(100 + 2 * 128 / 5 / COMPENSATION)


def test_large_reports_make_them_rarer_little_by_little() -> None:
    """RFC 3550 §6.3.3: the average moves by 1/16."""
    timer = schedule(0.5, octets_per_s=100.0)
    timer.received(100 + 16)
    timer.sent(100.0, 101, members=2, senders=2, we_send=True)
    assert timer.deadline == pytest.approx(100 + 2 * 129 / 5 / COMPENSATION)


def test_a_session_that_has_grown_is_waited_for() -> None:
    """RFC 3550 §6.3.6, reconsideration."""
    timer = schedule(0.5, octets_per_s=100.0)
    due = timer.deadline
    assert not timer.is_due(due, members=100, senders=1, we_send=False)
    assert timer.deadline > due


def test_few_senders_among_many_share_a_quarter_of_the_bandwidth() -> None:
    """RFC 3550 §6.3.1."""
    sender, receiver = (schedule(0.5, octets_per_s=100.0) for _ in range(2))
    sender.sent(100.0, 100, members=10, senders=1, we_send=True)
    receiver.sent(100.0, 100, members=10, senders=1, we_send=False)
    assert sender.deadline == pytest.approx(100 + 128 / (5 * 0.25) / COMPENSATION)
    assert receiver.deadline == pytest.approx(100 + 9 * 128 / (5 * 0.75) / COMPENSATION)
