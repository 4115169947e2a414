import dataclasses

import pytest

from sip.errors import IllegalStep
from sip.flow import Address, Flow, TlsPeer, Transport
from sip.syntax.headers import Headers
from sip.syntax.message import Request, Response
from sip.transaction.effects import (
    AckArrived,
    Effect,
    RequestArrived,
    ResponseArrived,
    Send,
    TransactionFailed,
    TransactionId,
    TransactionTimedOut,
)
from sip.transaction.layer import TransactionLayer
from tests.sip.timeline import run_to_the_end, times
from tests.sip.transaction_messages import ALICE, BOB, INVITE, OPTIONS, TCP, UDP, a_request, answer

TLS = Flow(Transport.TLS, BOB, Address(ALICE.host, 5061), tls=TlsPeer("office", "example.com"))


FROM_ALICE = Flow(Transport.UDP, local=BOB, remote=ALICE)


def arrived(effects: list[Effect]) -> RequestArrived:
    (event,) = effects
    assert isinstance(event, RequestArrived)
    return event


def sent(effects: list[Effect]) -> list[Request | Response]:
    return [effect.message for effect in effects if isinstance(effect, Send)]


def serve(
    layer: TransactionLayer, request: Request, *codes: int, flow: Flow = FROM_ALICE
) -> TransactionId:
    """Let `request` arrive at 0 s and answer it at once."""
    event = arrived(layer.receive(request, flow, 0.0))
    for code in codes:
        layer.send_response(event.transaction, answer(event.request, code), 0.0)
    return event.transaction


def calling(layer: TransactionLayer, *codes: int, flow: Flow = UDP) -> TransactionId:
    """Send an INVITE at 0 s and let its answers come in at once."""
    transaction, _ = layer.send_request(INVITE, flow, 0.0)
    for code in codes:
        layer.receive(answer(INVITE, code), flow, 0.0)
    return transaction


def test_a_request_is_told_once_with_its_source_and_its_copies_get_the_answer() -> None:
    """RFC 3261 §17.2.2, §18.2.1."""
    layer = TransactionLayer()
    request = a_request(sent_by="10.0.0.1", via_parameters=";rport")
    event = arrived(layer.receive(request, FROM_ALICE, 0.0))
    assert event.request.top_via.received == ALICE.host
    assert layer.receive(request, FROM_ALICE, 0.5) == []
    ok = answer(event.request, 200)
    assert layer.send_response(event.transaction, ok, 1.0) == [Send(ok, FROM_ALICE)]
    assert layer.receive(request, FROM_ALICE, 1.5) == [Send(ok, FROM_ALICE)]


def test_a_response_is_told_with_its_transaction() -> None:
    layer = TransactionLayer()
    transaction, effects = layer.send_request(OPTIONS, UDP, 0.0)
    assert effects == [Send(OPTIONS, UDP)]
    ok = answer(OPTIONS, 200)
    assert layer.receive(ok, UDP, 0.1) == [ResponseArrived(transaction, ok, UDP)]


@pytest.mark.parametrize(
    "response",
    [
        answer(a_request(branch="z9hG4bK-other"), 200),
        answer(a_request("INFO"), 200),
        answer(a_request(sent_by="192.0.2.77"), 200),
        answer(a_request(more="Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK-2\r\n"), 200),
    ],
    ids=["branch", "method", "sent-by", "two Vias"],
)
def test_a_response_to_nothing_that_we_asked_is_dropped(response: Response) -> None:
    """RFC 3261 §17.1.3, §18.1.2, §8.1.3.3."""
    layer = TransactionLayer()
    layer.send_request(OPTIONS, UDP, 0.0)
    assert layer.receive(response, UDP, 0.1) == []
    assert layer.dropped.stray_responses == 1


def test_the_ack_of_a_refusal_is_absorbed() -> None:
    """RFC 3261 §17.2.1."""
    layer = TransactionLayer()
    serve(layer, INVITE, 486)
    assert layer.receive(a_request("ACK", to_tag="b"), FROM_ALICE, 1.0) == []
    assert run_to_the_end(layer) == []


def test_the_ack_of_a_2xx_is_told_and_leaves_the_transaction_alone() -> None:
    """RFC 6026 §7.1: it has a branch of its own."""
    layer = TransactionLayer()
    serve(layer, INVITE, 200)
    ack = a_request("ACK", branch="z9hG4bK-ack", to_tag="b")
    assert layer.receive(ack, FROM_ALICE, 1.0) == [AckArrived(ack, FROM_ALICE)]
    assert layer.receive(INVITE, FROM_ALICE, 2.0) == []


@pytest.mark.parametrize("branch", ["", "old"])
@pytest.mark.parametrize(
    ("code", "to_tag", "told"), [(486, "b", False), (486, "other", True), (200, "b", True)]
)
def test_an_ack_of_rfc_2543_belongs_to_the_invite_whose_response_gave_its_to_tag(
    branch: str, code: int, to_tag: str, told: bool
) -> None:
    """RFC 3261 §17.2.3."""
    layer = TransactionLayer()
    serve(layer, a_request("INVITE", branch=branch), code)
    ack = a_request("ACK", branch=branch, to_tag=to_tag)
    assert layer.receive(ack, FROM_ALICE, 1.0) == ([AckArrived(ack, FROM_ALICE)] if told else [])


def test_an_rfc_2543_ack_of_a_refused_reinvite_is_absorbed() -> None:
    """RFC 3261 §17.2.3: there the INVITE has a To tag as well."""
    layer = TransactionLayer()
    serve(layer, a_request("INVITE", branch="", to_tag="b"), 488)
    assert layer.receive(a_request("ACK", branch="", to_tag="b"), FROM_ALICE, 1.0) == []


@pytest.mark.parametrize("branch", ["z9hG4bK-1", ""])
def test_a_cancel_is_a_request_of_its_own_that_finds_its_invite(branch: str) -> None:
    """RFC 3261 §9.2."""
    layer = TransactionLayer()
    invite = serve(layer, a_request("INVITE", branch=branch, via_parameters=";rport"), 180)
    cancel = a_request("CANCEL", branch=branch, via_parameters=";rport")
    event = arrived(layer.receive(cancel, FROM_ALICE, 1.0))
    assert event.transaction != invite
    assert layer.matching_invite(event.request) == invite


def test_a_cancel_of_something_else_finds_nothing() -> None:
    layer = TransactionLayer()
    serve(layer, INVITE, 180)
    assert layer.matching_invite(a_request("CANCEL", branch="z9hG4bK-other")) is None


def test_cancel_is_sent_at_once_when_the_invite_was_answered_provisionally() -> None:
    """RFC 3261 §9.1."""
    layer = TransactionLayer()
    transaction = calling(layer, 180)
    (cancel,) = sent(layer.cancel(transaction, 1.0, headers=[("Reason", "SIP;cause=200")]))
    assert isinstance(cancel, Request)
    assert (cancel.method, cancel.headers.get("Reason")) == ("CANCEL", "SIP;cause=200")


def test_cancel_is_held_until_the_first_provisional_response() -> None:
    """RFC 3261 §9.1."""
    layer = TransactionLayer()
    transaction = calling(layer)
    assert layer.cancel(transaction, 0.1) == []
    told, cancel = layer.receive(answer(INVITE, 100), UDP, 0.2)
    assert isinstance(told, ResponseArrived)
    assert isinstance(cancel, Send)
    assert isinstance(cancel.message, Request)
    assert cancel.message.method == "CANCEL"


def test_a_cancel_that_is_owed_is_dropped_when_the_final_response_was_faster() -> None:
    """RFC 3261 §9.1."""
    layer = TransactionLayer()
    transaction = calling(layer)
    layer.cancel(transaction, 0.1)
    ok = answer(INVITE, 200)
    assert layer.receive(ok, UDP, 0.2) == [ResponseArrived(transaction, ok, UDP)]


@pytest.mark.parametrize("code", [200, 481])
def test_the_answer_to_our_cancel_is_not_told_but_that_to_the_invite_is(code: int) -> None:
    layer = TransactionLayer()
    transaction = calling(layer, 180)
    (cancel,) = sent(layer.cancel(transaction, 1.0))
    assert isinstance(cancel, Request)
    assert layer.receive(answer(cancel, code), UDP, 1.1) == []
    terminated = answer(INVITE, 487)
    assert ResponseArrived(transaction, terminated, UDP) in layer.receive(terminated, UDP, 1.2)


def test_a_cancel_that_nobody_hears_is_resent_and_only_the_invite_times_out() -> None:
    """RFC 3261 §9.1, §17.1.2.2."""
    layer = TransactionLayer()
    transaction = calling(layer, 180)
    (cancel,) = layer.cancel(transaction, 0.0)
    log = run_to_the_end(layer)
    assert len(times(log, cancel)) == 10
    assert [effect for _, effect in log if not isinstance(effect, Send)] == [
        TransactionTimedOut(transaction)
    ]
    assert len(layer) == 0


def test_an_unknown_or_finished_transaction_is_neither_cancelled_nor_answered() -> None:
    layer = TransactionLayer()
    nobody = TransactionId(99)
    assert layer.cancel(nobody, 0.0) == []
    assert layer.send_response(nobody, answer(OPTIONS, 200), 0.0) == []


@pytest.mark.parametrize("method", ["ACK", "CANCEL"])
def test_the_user_agent_may_not_send_these_by_itself(method: str) -> None:
    """RFC 3261 §17: ACK opens no transaction; §9.1: CANCEL has to wait for its moment."""
    with pytest.raises(IllegalStep, match=method):
        TransactionLayer().send_request(a_request(method), UDP, 0.0)


def test_a_branch_in_use_is_refused_and_changes_nothing() -> None:
    layer = TransactionLayer()
    layer.send_request(OPTIONS, UDP, 0.0)
    with pytest.raises(IllegalStep, match="z9hg4bk-1"):
        layer.send_request(OPTIONS, UDP, 0.0)
    assert len(layer) == 1


def test_a_full_table_refuses_new_requests_and_serves_those_it_has() -> None:
    layer = TransactionLayer(maximum=2)
    serve(layer, INVITE, 180)
    known = serve(layer, a_request(branch="z9hG4bK-2"))
    (refusal,) = sent(layer.receive(a_request(branch="z9hG4bK-3"), FROM_ALICE, 1.0))
    assert isinstance(refusal, Response)
    assert (refusal.code, refusal.headers.get("Retry-After")) == (503, "32")
    assert layer.dropped.over_limit == 1
    assert len(layer) == 2
    assert len(layer.send_response(known, answer(OPTIONS, 200), 1.0)) == 1
    assert len(layer.receive(INVITE, FROM_ALICE, 1.0)) == 1


def test_in_a_full_table_the_oldest_answer_gives_way() -> None:
    """A flood of OPTIONS must not keep anybody from calling for the 32 s of timer J."""
    layer = TransactionLayer(maximum=2)
    serve(layer, INVITE, 180)
    serve(layer, a_request(branch="z9hG4bK-2"), 200)
    for n in range(3, 9):
        serve(layer, a_request(branch=f"z9hG4bK-{n}"), 200)
    assert len(layer) == 2
    assert layer.dropped.answers_forgotten == 6
    assert len(layer.receive(INVITE, FROM_ALICE, 1.0)) == 1


def test_an_accepted_invite_never_gives_way() -> None:
    """Its copies would be new calls, and RFC 6026 §7.1 has them absorbed."""
    layer = TransactionLayer(maximum=1)
    serve(layer, INVITE, 200)
    assert len(sent(layer.receive(OPTIONS, FROM_ALICE, 1.0))) == 1
    assert layer.receive(INVITE, FROM_ALICE, 1.0) == []


@pytest.mark.parametrize("unused", ["X: " + "x" * 20_000, "X:\r\n" * 98 + "X:"])
def test_long_messages_fill_the_table_sooner(unused: str) -> None:
    """What strangers make us keep is bounded in bytes, the cost of each field included."""
    layer = TransactionLayer(maximum_bytes=50_000)
    outcomes = [
        layer.receive(
            a_request("INVITE", branch=f"z9hG4bK-{n}", more=f"{unused}\r\n"), FROM_ALICE, 0.0
        )
        for n in range(4)
    ]
    assert [len(sent(each)) for each in outcomes] == [0, 0, 1, 1]
    assert layer.dropped.over_limit == 2


def test_room_is_given_back_in_full() -> None:
    layer = TransactionLayer(maximum_bytes=50_000)
    for n in range(100):
        serve(layer, a_request(branch=f"z9hG4bK-{n}", more=f"X: {'x' * 20_000}\r\n"), 200)
    run_to_the_end(layer)
    assert len(layer) == 0
    serve(layer, a_request("INVITE", more=f"X: {'x' * 20_000}\r\n"))
    serve(layer, a_request("INVITE", branch="z9hG4bK-b", more=f"X: {'x' * 20_000}\r\n"))
    assert layer.dropped.over_limit == 0


def test_each_copy_of_a_request_gets_the_same_503() -> None:
    """RFC 3261 §8.2.7: without state the To tag has to be the same."""
    layer = TransactionLayer(maximum=0)
    first = layer.receive(INVITE, FROM_ALICE, 0.0)
    assert first == layer.receive(INVITE, FROM_ALICE, 0.5)
    (refusal,) = sent(first)
    assert refusal.to.tag


def test_a_caller_may_give_up_although_the_table_is_full() -> None:
    layer = TransactionLayer(maximum=1)
    invite = serve(layer, INVITE, 180)
    event = arrived(layer.receive(a_request("CANCEL"), FROM_ALICE, 1.0))
    assert layer.matching_invite(event.request) == invite
    other = a_request("CANCEL", branch="z9hG4bK-other")
    assert [type(message) for message in sent(layer.receive(other, FROM_ALICE, 1.0))] == [Response]


def test_a_flood_of_requests_leaves_room_for_our_own() -> None:
    layer = TransactionLayer(maximum=1)
    serve(layer, INVITE, 180)
    assert layer.send_request(OPTIONS, UDP, 0.0)[1] == [Send(OPTIONS, UDP)]


def test_too_many_requests_of_our_own_fail_at_once() -> None:
    layer = TransactionLayer(maximum=1)
    layer.send_request(OPTIONS, UDP, 0.0)
    second = a_request(branch="z9hG4bK-2")
    transaction, effects = layer.send_request(second, UDP, 0.0)
    assert effects == [TransactionFailed(transaction)]


@pytest.mark.parametrize(
    ("flow", "failed", "fails"),
    [
        (UDP, UDP, True),
        (UDP, dataclasses.replace(UDP, remote=ALICE), False),
        (UDP, dataclasses.replace(UDP, transport=Transport.TCP), False),
        (TCP, TCP, True),
        (TCP, dataclasses.replace(TCP, remote=Address("192.0.2.2", 40000)), True),
        (TCP, dataclasses.replace(TCP, connection=8), False),
        (dataclasses.replace(TCP, connection=0), TCP, True),  # it was opened for us
        (TCP, dataclasses.replace(TCP, connection=0), True),
        (TLS, TLS, True),
        (TLS, dataclasses.replace(TLS, tls=TlsPeer("home", "example.com")), False),
    ],
)
def test_a_failed_flow_ends_the_requests_that_travel_by_it(
    flow: Flow, failed: Flow, fails: bool
) -> None:
    """RFC 3261 §17.1.4."""
    layer = TransactionLayer()
    transaction, _ = layer.send_request(OPTIONS, flow, 0.0)
    expected = [TransactionFailed(transaction)] if fails else []
    assert layer.flow_failed(failed, 1.0) == expected
    assert len(layer) == (0 if fails else 1)


def test_a_closed_connection_does_not_end_the_requests_that_came_by_it() -> None:
    """RFC 3261 §18.2.2: their answers go by a new connection, to the port of sent-by."""
    layer = TransactionLayer()
    came_by = Flow(Transport.TCP, BOB, Address(ALICE.host, 40000), connection=7)
    request = a_request(sent_by="192.0.2.1:5070", transport="TCP")
    transaction = serve(layer, request, flow=came_by)
    assert layer.flow_failed(came_by, 1.0) == []
    (answered,) = layer.send_response(transaction, answer(request, 200), 2.0)
    assert isinstance(answered, Send)
    assert answered.flow == dataclasses.replace(came_by, remote=Address(ALICE.host, 5070))


def test_an_answer_that_cannot_be_sent_is_told() -> None:
    """RFC 6026 §7.1."""
    layer = TransactionLayer()
    event = arrived(layer.receive(INVITE, FROM_ALICE, 0.0))
    assert layer.flow_failed(FROM_ALICE, 0.1) == [TransactionFailed(event.transaction)]
    assert len(layer) == 1


@pytest.mark.parametrize("missing", ["Via", "CSeq"])
def test_a_response_that_cannot_be_read_is_dropped(missing: str) -> None:
    layer = TransactionLayer()
    response = answer(OPTIONS, 200)
    broken = dataclasses.replace(response, headers=response.headers.without(missing))
    assert layer.receive(broken, UDP, 0.0) == []
    assert layer.dropped.unreadable == 1


def test_a_request_without_via_is_dropped() -> None:
    layer = TransactionLayer()
    broken = dataclasses.replace(OPTIONS, headers=Headers())
    assert layer.receive(broken, FROM_ALICE, 0.0) == []
    assert layer.matching_invite(broken) is None
    assert layer.dropped.unreadable == 1


def test_an_invite_left_alone_is_answered_100_by_the_layer() -> None:
    """RFC 3261 §17.2.1."""
    layer = TransactionLayer()
    serve(layer, INVITE)
    ((at, effect),) = run_to_the_end(layer)
    assert at == 0.2
    assert isinstance(effect, Send)
    assert isinstance(effect.message, Response)
    assert effect.message.code == 100


def test_identifiers_are_never_used_again() -> None:
    layer = TransactionLayer()
    first = serve(layer, OPTIONS, 200)
    run_to_the_end(layer)
    assert len(layer) == 0
    assert serve(layer, OPTIONS, 200) != first
