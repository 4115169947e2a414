"""RFC 3261 §8.2.2.2."""

import tracemalloc

import pytest

from sip.client.alarms import Alarms
from sip.merged_requests import MAXIMUM_REMEMBERED, MergedRequests
from sip.session.endpoint import Effect
from sip.syntax.message import Request
from tests.sip.scripted import from_peer


@pytest.fixture
def alarms() -> Alarms[Effect]:
    return Alarms()


@pytest.fixture
def merged(alarms: Alarms[Effect]) -> MergedRequests:
    return MergedRequests(alarms)


def test_the_second_of_two_alike_is_merged(merged: MergedRequests) -> None:
    assert not merged.already_has(from_peer("INVITE", branch="one"), 0)
    assert merged.already_has(from_peer("INVITE", branch="two"), 31.9)


def test_long_call_ids_are_not_kept(merged: MergedRequests) -> None:
    tracemalloc.start()
    try:
        for n in range(100):
            merged.already_has(from_peer("OPTIONS", call_id=f"{n}".zfill(50_000)), 0)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1_000_000


@pytest.mark.parametrize(
    "other",
    [
        from_peer("INVITE", cseq=2),
        from_peer("INVITE", call_id="call-2"),
        from_peer("INVITE", from_tag="another"),
        from_peer("OPTIONS"),
    ],
)
def test_what_differs_is_not_merged(merged: MergedRequests, other: Request) -> None:
    merged.already_has(from_peer("INVITE"), 0)
    assert not merged.already_has(other, 0)


def test_requests_are_forgotten_when_no_copy_can_come(
    merged: MergedRequests, alarms: Alarms[Effect]
) -> None:
    merged.already_has(from_peer("INVITE"), 0)
    merged.already_has(from_peer("OPTIONS"), 10)
    assert alarms.next == 32
    alarms.ring(32)
    assert len(merged) == 1
    assert alarms.next == 42
    alarms.ring(42)
    assert len(merged) == 0
    assert alarms.next is None


def test_the_oldest_make_room(merged: MergedRequests) -> None:
    for n in range(MAXIMUM_REMEMBERED + 5):
        merged.already_has(from_peer("OPTIONS", call_id=str(n)), 0)
    assert len(merged) == MAXIMUM_REMEMBERED
    assert not merged.already_has(from_peer("OPTIONS", call_id="0"), 1)
    assert merged.already_has(from_peer("OPTIONS", call_id=str(MAXIMUM_REMEMBERED)), 1)
