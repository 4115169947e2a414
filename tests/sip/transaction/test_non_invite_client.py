import pytest

from sip.flow import Flow
from sip.transaction.effects import (
    ResponseArrived,
    Send,
    TransactionFailed,
    TransactionId,
    TransactionTimedOut,
)
from sip.transaction.non_invite_client import NonInviteClient
from tests.sip.timeline import run_to_the_end, times
from tests.sip.transaction_messages import OPTIONS, TCP, UDP, answer

ONE = TransactionId(1)


def trying(flow: Flow = UDP) -> NonInviteClient:
    return NonInviteClient(ONE, OPTIONS, flow, now=0.0)


def test_unanswered_request_is_resent_with_gaps_doubling_to_t2_then_times_out() -> None:
    """RFC 3261 §17.1.2.2, timers E and F."""
    log = run_to_the_end(trying())
    assert times(log, Send(OPTIONS, UDP)) == [
        0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5,
    ]  # fmt: skip
    assert log[-1] == (32.0, TransactionTimedOut(ONE))


def test_after_a_provisional_response_it_is_resent_every_t2() -> None:
    """RFC 3261 §17.1.2.2: timer E goes on at T2, timer F stays."""
    client = trying()
    client.on_response(answer(OPTIONS, 100), UDP, now=0.2)
    log = run_to_the_end(client)
    assert times(log, Send(OPTIONS, UDP)) == [0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5]
    assert log[-1] == (32.0, TransactionTimedOut(ONE))


def test_on_a_reliable_transport_it_is_sent_once() -> None:
    """RFC 3261 §17.1.2.2: no timer E."""
    client = trying(TCP)
    assert client.start() == [Send(OPTIONS, TCP)]
    assert run_to_the_end(client) == [(32.0, TransactionTimedOut(ONE))]


@pytest.mark.parametrize("code", [200, 302, 404, 500, 600])
def test_the_final_response_is_told_once_and_its_copies_absorbed_for_t4(code: int) -> None:
    """RFC 3261 table 4, timer K."""
    client = trying()
    final = answer(OPTIONS, code)
    assert client.on_response(final, UDP, now=1.0) == [ResponseArrived(ONE, final, UDP)]
    assert client.on_response(final, UDP, now=1.5) == []
    assert client.deadline == 6.0
    assert run_to_the_end(client) == []
    assert client.terminated


def test_the_final_response_ends_a_reliable_transaction_at_once() -> None:
    """RFC 3261 table 4, timer K is zero."""
    client = trying(TCP)
    client.on_response(answer(OPTIONS, 200), TCP, now=1.0)
    assert client.terminated
    assert client.deadline is None


def test_every_provisional_response_is_told() -> None:
    """RFC 3261 figure 6."""
    client = trying()
    for _ in range(2):
        assert len(client.on_response(answer(OPTIONS, 100), UDP, now=0.1)) == 1


@pytest.mark.parametrize(("code", "fails"), [(None, True), (100, True), (200, False)])
def test_a_transport_error_before_the_final_response_ends_it(code: int | None, fails: bool) -> None:
    """RFC 3261 figure 6."""
    client = trying()
    if code is not None:
        client.on_response(answer(OPTIONS, code), UDP, now=0.1)
    expected = [TransactionFailed(ONE)] if fails else []
    assert client.on_transport_error(1.0) == expected
    assert client.terminated is fails
