import pytest

from sip.errors import IllegalStep
from sip.flow import Flow
from sip.transaction.effects import (
    AckArrived,
    Send,
    TransactionFailed,
    TransactionId,
    TransactionTimedOut,
)
from sip.transaction.invite_server import InviteServer, InviteServerState
from tests.sip.timeline import run_to_the_end, times
from tests.sip.transaction_messages import INVITE, TCP, UDP, a_request, answer

ONE = TransactionId(1)
ACK = a_request("ACK", to_tag="b")


def after(*codes: int, flow: Flow = UDP, acknowledged: bool = False) -> InviteServer:
    server = InviteServer(ONE, INVITE, flow, now=0.0)
    for code in codes:
        server.send(answer(INVITE, code), now=0.0)
    if acknowledged:
        server.on_ack(ACK, flow, now=1.0)
    return server


def test_100_goes_out_after_200_ms_of_silence() -> None:
    """RFC 3261 §17.2.1."""
    assert run_to_the_end(after()) == [(0.2, Send(answer(INVITE, 100), UDP))]


@pytest.mark.parametrize("code", [100, 180, 183])
def test_no_100_after_a_provisional_response_of_the_user_agent(code: int) -> None:
    assert after(code).deadline is None


@pytest.mark.parametrize(
    ("codes", "repeated"),
    [((), None), ((100,), 100), ((100, 180), 180), ((200,), None), ((486,), 486)],
)
def test_a_copy_of_the_invite_gets_the_last_response_but_no_2xx(
    codes: tuple[int, ...], repeated: int | None
) -> None:
    """RFC 3261 §17.2.1; RFC 6026 §7.1: the user agent alone resends a 2xx."""
    expected = [] if repeated is None else [Send(answer(INVITE, repeated), UDP)]
    assert after(*codes).on_request(1.0) == expected


@pytest.mark.parametrize("code", [302, 404, 486, 500, 603])
def test_an_unacknowledged_refusal_is_resent_with_gaps_doubling_to_t2_then_fails(
    code: int,
) -> None:
    """RFC 3261 §17.2.1, timers G and H."""
    log = run_to_the_end(after(code))
    assert times(log, Send(answer(INVITE, code), UDP)) == [
        0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5,
    ]  # fmt: skip
    assert log[-1] == (32.0, TransactionTimedOut(ONE))


def test_on_a_reliable_transport_a_refusal_is_sent_once_but_its_ack_awaited() -> None:
    """RFC 3261 table 4: no timer G, timer H as ever."""
    assert run_to_the_end(after(486, flow=TCP)) == [(32.0, TransactionTimedOut(ONE))]


def test_the_ack_ends_the_copies_and_further_acks_are_absorbed_for_t4() -> None:
    """RFC 3261 §17.2.1, timer I."""
    server = after(486)
    assert server.on_ack(ACK, UDP, now=1.0) == []
    assert server.state is InviteServerState.CONFIRMED
    assert server.on_ack(ACK, UDP, now=1.1) == []
    assert server.on_request(1.2) == []
    assert server.deadline == 6.0
    assert run_to_the_end(server) == []
    assert server.terminated


def test_the_ack_ends_a_reliable_transaction_at_once() -> None:
    """RFC 3261 table 4, timer I is zero."""
    assert after(486, flow=TCP, acknowledged=True).terminated


@pytest.mark.parametrize("flow", [UDP, TCP])
def test_after_a_2xx_copies_of_the_invite_are_absorbed_for_32_seconds(flow: Flow) -> None:
    """RFC 6026 §7.1, timer L on every transport; the transaction itself resends nothing."""
    server = after(200, flow=flow)
    assert server.on_request(5.0) == []
    assert server.deadline == 32.0
    assert run_to_the_end(server) == []
    assert server.terminated


def test_the_user_agent_may_resend_its_2xx_without_prolonging_the_transaction() -> None:
    """RFC 6026 §7.1."""
    server = after(200)
    assert server.send(answer(INVITE, 200), now=4.0) == [Send(answer(INVITE, 200), UDP)]
    assert server.deadline == 32.0


def test_an_ack_that_reuses_the_branch_after_a_2xx_is_the_user_agents() -> None:
    """RFC 6026 figure 1: "accepted" passes it on."""
    assert after(200).on_ack(ACK, UDP, now=1.0) == [AckArrived(ACK, UDP)]


def test_an_ack_before_any_final_response_means_nothing() -> None:
    server = after(180)
    assert server.on_ack(ACK, UDP, now=1.0) == []
    assert server.state is InviteServerState.PROCEEDING


@pytest.mark.parametrize(
    ("codes", "next_code"), [((200,), 180), ((200,), 486), ((486,), 200), ((486,), 603)]
)
def test_a_response_that_contradicts_the_final_one_is_illegal_and_changes_nothing(
    codes: tuple[int, ...], next_code: int
) -> None:
    server = after(*codes)
    state, deadline = server.state, server.deadline
    with pytest.raises(IllegalStep, match=str(next_code)):
        server.send(answer(INVITE, next_code), now=1.0)
    assert (server.state, server.deadline) == (state, deadline)


@pytest.mark.parametrize("codes", [(), (180,), (200,), (486,)])
def test_a_transport_error_is_told_and_the_transaction_stands(codes: tuple[int, ...]) -> None:
    """RFC 6026 figure 1."""
    server = after(*codes)
    assert server.on_transport_error(1.0) == [TransactionFailed(ONE)]
    assert not server.terminated
