import pytest

from sip.flow import Flow
from sip.transaction.effects import Send, TransactionFailed, TransactionId
from sip.transaction.non_invite_server import NonInviteServer
from tests.sip.timeline import run_to_the_end
from tests.sip.transaction_messages import OPTIONS, TCP, UDP, answer

ONE = TransactionId(1)


def after(*codes: int, flow: Flow = UDP) -> NonInviteServer:
    server = NonInviteServer(ONE, flow, now=0.0)
    for code in codes:
        server.send(answer(OPTIONS, code), now=1.0)
    return server


@pytest.mark.parametrize(
    ("codes", "repeated"), [((), None), ((100,), 100), ((100, 200), 200), ((404,), 404)]
)
def test_a_copy_of_the_request_gets_the_last_response(
    codes: tuple[int, ...], repeated: int | None
) -> None:
    """RFC 3261 §17.2.2."""
    expected = [] if repeated is None else [Send(answer(OPTIONS, repeated), UDP)]
    assert after(*codes).on_request(2.0) == expected


def test_the_final_response_is_kept_for_copies_for_32_seconds() -> None:
    """RFC 3261 table 4, timer J."""
    server = after(200)
    assert server.deadline == 33.0
    assert run_to_the_end(server) == []
    assert server.terminated


def test_the_final_response_ends_a_reliable_transaction_at_once() -> None:
    """RFC 3261 table 4, timer J is zero."""
    assert after(200, flow=TCP).terminated


def test_a_second_final_response_is_discarded() -> None:
    """RFC 3261 §17.2.2."""
    server = after(200)
    assert server.send(answer(OPTIONS, 500), now=2.0) == []
    assert server.on_request(3.0) == [Send(answer(OPTIONS, 200), UDP)]


@pytest.mark.parametrize("codes", [(), (100,)])
def test_a_request_that_nobody_answers_ends_when_its_client_has_given_up(
    codes: tuple[int, ...],
) -> None:
    """RFC 4320 §4.2."""
    server = after(*codes)
    assert server.deadline == 32.0
    assert run_to_the_end(server) == []
    assert server.send(answer(OPTIONS, 200), now=33.0) == []


@pytest.mark.parametrize("codes", [(100,), (200,)])
def test_a_transport_error_ends_it(codes: tuple[int, ...]) -> None:
    """RFC 3261 figure 8."""
    server = after(*codes)
    assert server.on_transport_error(2.0) == [TransactionFailed(ONE)]
    assert server.terminated
    assert server.on_transport_error(2.0) == []
