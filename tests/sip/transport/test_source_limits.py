"""How much each source may ask of us."""

from dataclasses import replace

import pytest

from sip.flow import Address, Flow, Transport
from sip.syntax.message import make_response
from sip.transaction.effects import RequestArrived
from sip.transaction.layer import TransactionLayer
from sip.transaction.timers import TIMER_H
from sip.transport.source_limits import SourceLimits, SourceRates, cost_of
from tests.sip.transaction_messages import a_request

SCANNER = "198.51.100.66"
PHONE = "192.0.2.1"
RATES = SourceRates()
FLOW = Flow(Transport.UDP, Address("192.0.2.2", 5060), Address(SCANNER, 5060))


def taken(limits: SourceLimits, host: str, messages: int, now: float) -> int:
    """How many of so many messages at once are let in."""
    return sum(limits.admits(host, now) for _ in range(messages))


def test_a_stranger_may_send_a_burst_and_then_a_little_each_second() -> None:
    limits = SourceLimits()
    assert taken(limits, SCANNER, 10_000, 0.0) == RATES.stranger_burst
    assert taken(limits, SCANNER, 10_000, 1.0) == RATES.stranger_per_s
    assert taken(limits, SCANNER, 10_000, 1000.0) == RATES.stranger_burst


def test_one_scanner_does_not_use_up_what_another_stranger_may_send() -> None:
    limits = SourceLimits()
    for second in range(60):
        taken(limits, SCANNER, 10_000, float(second))
    assert taken(limits, PHONE, 10, 59.0) == 10


def test_strangers_together_have_a_share_that_whom_we_know_does_not_depend_on() -> None:
    """Addresses can be made up: each scanner sends only once."""
    limits = SourceLimits()
    limits.meet(PHONE, 0.0)
    crowd = [f"198.51.{high}.{low}" for high in range(100) for low in range(100)]
    assert sum(limits.admits(host, 0.0) for host in crowd) == RATES.strangers_burst
    assert not limits.admits("203.0.113.1", 0.0)
    assert taken(limits, PHONE, 50, 0.0) == 50


def test_whom_we_know_has_a_limit_as_well() -> None:
    limits = SourceLimits()
    limits.meet(PHONE, 0.0)
    assert taken(limits, PHONE, 10_000, 0.0) == RATES.known_burst
    assert taken(limits, PHONE, 10_000, 1.0) == RATES.known_per_s


def test_a_source_is_forgotten_long_after_we_had_to_do_with_it() -> None:
    limits = SourceLimits()
    limits.meet(PHONE, 0.0)
    assert limits.knows(PHONE, RATES.known_s - 1)
    assert not limits.knows(PHONE, RATES.known_s)
    assert taken(limits, PHONE, 10_000, RATES.known_s) == RATES.stranger_burst


def test_each_call_that_we_take_pays_once_for_the_messages_in_it() -> None:
    limits = SourceLimits()
    limits.take_call(PHONE, "first", 0.0)
    before = taken(limits, PHONE, 10_000, 0.0)
    limits.take_call(PHONE, "first", 0.0)  # a copy of our 200
    assert taken(limits, PHONE, 10_000, 0.0) == 0
    limits.take_call(PHONE, "second", 0.0)
    assert taken(limits, PHONE, 10_000, 0.0) == RATES.per_call
    assert before == RATES.known_burst + RATES.per_call


def test_calls_add_up_to_a_limit() -> None:
    limits = SourceLimits()
    for number in range(1000):
        limits.take_call(PHONE, str(number), 0.0)
    assert taken(limits, PHONE, 10_000, 0.0) == RATES.most


def test_a_busy_but_welcome_caller_is_never_turned_away() -> None:
    """160 calls a second, each of five messages."""
    limits = SourceLimits()
    for number in range(3200):
        now = number / 160
        assert taken(limits, PHONE, 5, now) == 5, f"call {number}"
        limits.take_call(PHONE, str(number), now)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1", "fe80::2", False),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_a_network_of_ipv6_is_one_source_but_neighbours_are_not(
    one: str, other: str, same: bool
) -> None:
    """RFC 4291 §2.5.1: a host picks any address of its /64."""
    limits = SourceLimits()
    taken(limits, one, 1000, 0.0)
    assert limits.admits(other, 0.0) is not same


def test_what_costs_more_is_taken_less_often() -> None:
    limits = SourceLimits()
    assert sum(limits.admits(SCANNER, 0.0, cost=10) for _ in range(100)) == 6


@pytest.mark.parametrize(("length", "cost"), [(4, 1.0), (2048, 1.0), (65536, 32.0)])
def test_long_messages_cost_more(length: int, cost: float) -> None:
    assert cost_of(bytes(length)) == cost


@pytest.mark.parametrize("length", [500, 2048, 65000])
def test_strangers_cannot_fill_the_table_of_transactions(length: int) -> None:
    """RFC 3261 §17.2.1: a refused INVITE that nobody acknowledges stays for timer H."""
    limits = SourceLimits()
    invite = a_request("INVITE")
    padding = ("Subject", "x" * (length - len(bytes(invite))))
    layer = TransactionLayer()
    for tenth in range(int(10 * 2 * TIMER_H)):
        now = tenth / 10
        for number in range(100):
            if limits.admits(f"198.51.{number}.{tenth % 256}", now, cost_of(bytes(length))):
                branch = f"z9hG4bK-{tenth}-{number}"
                request = a_request("INVITE", branch=branch)
                request = replace(request, headers=request.headers.with_added(*padding))
                for effect in layer.receive(request, FLOW, now):
                    if isinstance(effect, RequestArrived):
                        refusal = make_response(request, 403, to_tag="ours")
                        layer.send_response(effect.transaction, refusal, now)
        layer.on_timer(now)
    assert layer.dropped.over_limit == 0


def test_no_crowd_makes_the_tables_grow_without_end() -> None:
    limits = SourceLimits(SourceRates(strangers=10, known=5))
    for number in range(1000):
        limits.admits(f"198.51.100.{number}", 0.0)
        limits.take_call(f"192.0.2.{number}", str(number), 0.0)
    assert len(limits) == 10 + 5 + 5


def test_the_stranger_that_was_quiet_longest_makes_room() -> None:
    limits = SourceLimits(SourceRates(strangers=2, stranger_burst=1))
    for host in ("a", "b", "a", "c"):  # b is the one that goes
        limits.admits(host, 0.0)
    assert limits.admits("b", 0.0)
    assert not limits.admits("c", 0.0)
