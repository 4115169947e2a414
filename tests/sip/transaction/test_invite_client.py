import pytest

from sip.flow import Flow
from sip.syntax.message import Request
from sip.transaction.effects import (
    Effect,
    ResponseArrived,
    Send,
    TransactionFailed,
    TransactionId,
    TransactionTimedOut,
)
from sip.transaction.invite_client import InviteClient, InviteClientState
from tests.sip.timeline import run_to_the_end, times
from tests.sip.transaction_messages import INVITE, TCP, UDP, a_request, answer

ONE = TransactionId(1)


def calling(flow: Flow = UDP, request: Request = INVITE) -> InviteClient:
    return InviteClient(ONE, request, flow, now=0.0)


def after(*codes: int, flow: Flow = UDP) -> InviteClient:
    client = calling(flow)
    for code in codes:
        client.on_response(answer(INVITE, code), flow, now=1.0)
    return client


def acks(effects: list[Effect]) -> list[Request]:
    return [
        each.message
        for each in effects
        if isinstance(each, Send)
        and isinstance(each.message, Request)
        and each.message.method == "ACK"
    ]


def test_unanswered_invite_is_resent_with_doubling_gaps_then_times_out() -> None:
    """RFC 3261 §17.1.1.2, timers A and B."""
    log = run_to_the_end(calling())
    assert times(log, Send(INVITE, UDP)) == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert log[-1] == (32.0, TransactionTimedOut(ONE))


def test_on_a_reliable_transport_an_invite_is_sent_once() -> None:
    """RFC 3261 §17.1.1.2: no timer A."""
    client = calling(TCP)
    assert client.start() == [Send(INVITE, TCP)]
    assert run_to_the_end(client) == [(32.0, TransactionTimedOut(ONE))]


def test_a_provisional_response_ends_the_copies_and_the_wait() -> None:
    """RFC 3261 §17.1.1.2: in "proceeding" only the user agent's patience counts."""
    client = calling()
    trying = answer(INVITE, 100)
    assert client.on_response(trying, UDP, now=0.3) == [ResponseArrived(ONE, trying, UDP)]
    assert client.deadline is None


def test_a_late_timer_makes_one_copy_and_the_next_gap_counts_from_it() -> None:
    client = calling()
    assert client.on_timer(10.0) == [Send(INVITE, UDP)]
    assert client.deadline == 11.0


@pytest.mark.parametrize("code", [300, 404, 486, 500, 603])
def test_a_refusal_is_acknowledged_and_told_once(code: int) -> None:
    """RFC 3261 §17.1.1.2: its copies are acknowledged and absorbed."""
    client = calling()
    refusal = answer(INVITE, code)
    first = client.on_response(refusal, UDP, now=1.0)
    again = client.on_response(refusal, UDP, now=2.0)
    assert first == [*again, ResponseArrived(ONE, refusal, UDP)]
    assert len(acks(again)) == 1


def test_the_ack_for_a_refusal_takes_the_way_of_the_invite() -> None:
    """RFC 3261 §17.1.1.3: all of it from the INVITE, but the To of the response."""
    invite = a_request("INVITE", cseq=31, more="Route: <sip:p1;lr>, <sip:p2;lr>\r\n")
    client = calling(request=invite)
    (ack,) = acks(client.on_response(answer(invite, 486, to_tag="xyz"), UDP, now=1.0))
    assert (ack.method, ack.uri, ack.body) == ("ACK", invite.uri, b"")
    assert ack.vias == (invite.top_via,)
    assert ack.headers.get_all("Route") == ("<sip:p1;lr>", "<sip:p2;lr>")
    assert (ack.from_, ack.call_id) == (invite.from_, invite.call_id)
    assert ack.to.tag == "xyz"
    assert str(ack.cseq) == "31 ACK"


def test_copies_of_a_refusal_are_awaited_for_32_seconds_on_udp() -> None:
    """RFC 3261 table 4, timer D."""
    client = after(486)
    assert client.state is InviteClientState.COMPLETED
    assert client.deadline == 33.0
    assert run_to_the_end(client) == []
    assert client.terminated


def test_a_refusal_ends_a_reliable_transaction_at_once() -> None:
    """RFC 3261 table 4, timer D is zero."""
    assert after(486, flow=TCP).terminated


@pytest.mark.parametrize("flow", [UDP, TCP])
def test_every_copy_of_a_2xx_reaches_the_user_agent_for_32_seconds(flow: Flow) -> None:
    """RFC 6026 §8.4: "accepted", timer M on every transport; other forks answer too."""
    client = calling(flow)
    ours, fork = answer(INVITE, 200), answer(INVITE, 200, to_tag="fork")
    for ok in (ours, ours, fork):
        assert client.on_response(ok, flow, now=1.0) == [ResponseArrived(ONE, ok, flow)]
    assert client.deadline == 33.0
    assert run_to_the_end(client) == []
    assert client.terminated


@pytest.mark.parametrize(
    ("codes", "late"),
    [
        ((200,), 180),
        ((200,), 486),
        ((486,), 180),
        ((486,), 200),
    ],
)
def test_what_contradicts_the_final_response_is_dropped(codes: tuple[int, ...], late: int) -> None:
    """RFC 3261 figure 5, RFC 6026 figure 2: no such arrow."""
    client = after(*codes)
    state = client.state
    assert client.on_response(answer(INVITE, late), UDP, now=2.0) == []
    assert client.state is state


@pytest.mark.parametrize(
    ("codes", "fails"), [((), True), ((180,), False), ((200,), False), ((486,), True)]
)
def test_a_transport_error_ends_it_unless_an_answer_may_still_come(
    codes: tuple[int, ...], fails: bool
) -> None:
    """RFC 3261 figure 5: "calling" and "completed" only."""
    client = after(*codes)
    expected = [TransactionFailed(ONE)] if fails else []
    assert client.on_transport_error(2.0) == expected
    assert client.terminated is fails


def test_cancel_waits_for_the_first_provisional_response() -> None:
    """RFC 3261 §9.1."""
    client = calling()
    client.want_cancel()
    assert client.take_cancel(0.1) is None
    client.on_response(answer(INVITE, 100), UDP, now=0.2)
    cancel = client.take_cancel(0.2)
    assert cancel is not None
    assert cancel.method == "CANCEL"
    assert client.take_cancel(0.3) is None


def test_cancel_is_handed_out_once_even_if_wanted_twice() -> None:
    client = after(180)
    for expected in (True, False):
        client.want_cancel()
        assert (client.take_cancel(2.0) is not None) is expected


@pytest.mark.parametrize("code", [200, 486])
def test_nothing_is_left_to_cancel_after_the_final_response(code: int) -> None:
    """RFC 3261 §9.1."""
    client = after(180, code)
    client.want_cancel()
    assert client.take_cancel(2.0) is None


def test_a_cancelled_invite_without_final_response_is_given_up_after_32_seconds() -> None:
    """RFC 3261 §9.1: 64*T1 after the CANCEL."""
    client = after(180)
    client.want_cancel()
    client.take_cancel(10.0)
    assert run_to_the_end(client) == [(42.0, TransactionTimedOut(ONE))]
