"""A device that is transferred, transfers, and whose calls are replaced (RFC 3515, RFC 3891)."""

from media.sdp.negotiation import Capabilities, answer_offer
from media.sdp.session_description import Origin
from sip.session.events import Ended, IncomingCall, ReferralArrived, ReferralProgress
from sip.syntax.message import Request
from speaker.calls.call_state import CallState
from tests.sip.pair import Phone
from tests.speaker.stage import Stage


def staged(
    settings: dict[str, object] | None = None, *, answered_after_s: float = 0.2
) -> tuple[Stage, Phone]:
    """The phone talks to the device, and Carol has a phone as well."""
    stage = Stage(settings)
    carol = stage.pair.join("carol", "192.0.2.3")
    stage.call()
    stage.run(answered_after_s)
    assert stage.state() == "talking"
    return stage, carol


def picks_up(carol: Phone) -> None:
    offer = carol.told(IncomingCall)[-1].offer
    answer = answer_offer(offer, Capabilities(), carol.host, 7000, origin=Origin(1, 1, carol.host))
    carol.accept(answer.body)


def peers(stage: Stage) -> list[tuple[str, CallState]]:
    return [(call.peer, call.state) for call in stage.calls.calls]


def told_codes(phone: Phone) -> list[int]:
    return [each.code for each in phone.told(ReferralProgress)]


def dialog_of(stage: Stage) -> str:
    """The running call, as a Replaces for the device names it."""
    (invite,) = stage.phone.sent("INVITE")
    assert isinstance(invite, Request)
    device = stage.calls.calls[0].session
    return f"{invite.call_id};to-tag={device};from-tag={invite.from_.tag}"


def test_a_device_that_is_transferred_calls_and_then_leaves_the_first_call() -> None:
    """RFC 3515 §2.4; one call is allowed, and the two are one."""
    stage, carol = staged()
    stage.phone.refer(carol.uri)
    stage.run(0.1)
    invite = carol.told(IncomingCall)[0].request
    assert invite.headers.get("Referred-By") == f"<{stage.phone.uri}>"
    carol.ring()
    stage.run(0.1)
    assert peers(stage) == [
        (str(stage.phone.uri), CallState.TALKING),
        (str(carol.uri), CallState.CALLING),
    ]
    picks_up(carol)
    stage.run(0.2)
    assert peers(stage) == [(str(carol.uri), CallState.TALKING)]
    assert told_codes(stage.phone) == [100, 180, 200]
    assert len(stage.phone.told(Ended)) == 1


def test_a_transfer_that_fails_leaves_the_first_call() -> None:
    stage, carol = staged()
    stage.phone.refer(carol.uri)
    stage.run(0.1)
    carol.reject(486)
    stage.run(0.2)
    assert told_codes(stage.phone) == [100, 486]
    assert peers(stage) == [(str(stage.phone.uri), CallState.TALKING)]


def test_a_peer_that_hangs_up_at_once_has_transferred_all_the_same() -> None:
    """RFC 5589 §6.1."""
    stage, carol = staged()
    stage.phone.refer(carol.uri)
    stage.run(0.1)
    stage.phone.hang_up()
    stage.run(0.1)
    picks_up(carol)
    stage.run(0.2)
    assert peers(stage) == [(str(carol.uri), CallState.TALKING)]


def test_whoever_has_not_keyed_the_access_code_transfers_nobody() -> None:
    account = {"id": "door", "default": True, "answer_access_code": "4711"}
    stage = Stage({"sip": {"accounts": [account]}})
    carol = stage.pair.join("carol", "192.0.2.3")
    stage.call()
    stage.run(0.2)
    assert stage.state() == "ringing"
    stage.phone.refer(carol.uri)
    stage.run(0.2)
    assert told_codes(stage.phone) == [403]
    assert carol.told(IncomingCall) == []


def test_the_device_transfers_its_peer_and_hangs_up_when_that_has_worked() -> None:
    stage, carol = staged()
    stage.calls.transfer(stage.calls.calls[0].session, carol.uri, stage.pair.now)
    stage.run(0.1)
    phone = stage.phone
    assert [each.target for each in phone.told(ReferralArrived)] == [carol.uri]
    phone.do(phone.agent.accept_referral(phone.session, stage.pair.now))
    stage.run(0.1)
    assert stage.state() == "talking"
    phone.do(phone.agent.report_referral(phone.session, 200, stage.pair.now))
    stage.run(0.1)
    assert stage.state() == "idle"
    assert len(phone.told(Ended)) == 1


def test_a_peer_that_will_not_be_transferred_stays() -> None:
    stage, carol = staged()
    stage.calls.transfer(stage.calls.calls[0].session, carol.uri, stage.pair.now)
    stage.run(0.1)
    phone = stage.phone
    phone.do(phone.agent.refuse_referral(phone.session, 603, stage.pair.now))
    stage.run(0.1)
    assert stage.state() == "talking"


def test_a_call_that_replaces_another_is_answered_in_its_place() -> None:
    """RFC 3891 §3: without announcement, and although one call is all that is allowed."""
    stage, carol = staged({"announcement": {"clip": "tone"}}, answered_after_s=5)
    carol.call(stage.pair.bob, stage.offer, headers=[("Replaces", dialog_of(stage))])
    stage.run(0.2)
    assert peers(stage) == [(str(carol.uri), CallState.TALKING)]
    assert len(stage.phone.told(Ended)) == 1
    assert stage.calls.leaving == frozenset()


def test_a_call_that_waits_for_its_access_code_is_replaced_by_another_that_waits() -> None:
    account = {"id": "door", "default": True, "answer_access_code": "4711"}
    stage = Stage({"sip": {"accounts": [account]}})
    carol = stage.pair.join("carol", "192.0.2.3")
    stage.call()
    stage.run(0.2)
    carol.call(stage.pair.bob, stage.offer, headers=[("Replaces", dialog_of(stage))])
    stage.run(0.2)
    assert peers(stage) == [(str(carol.uri), CallState.RINGING)]


def test_who_calls_and_for_whom_it_was_is_known_of_a_call() -> None:
    """An identity that no server of ours asserts is not shown; a diversion is only a hint."""
    stage = Stage()
    headers = [
        ("P-Asserted-Identity", '"The boss" <sip:boss@example.com>'),
        ("Diversion", "<sip:door@example.com>;reason=no-answer"),
    ]
    stage.phone.call(stage.pair.bob, stage.offer, headers=headers)
    stage.run(0.1)
    caller = stage.calls.calls[0].caller
    assert caller is not None
    assert (caller.uri, caller.vouched_for) == (str(stage.phone.uri), False)
    assert caller.diverted_from == ("sip:door@example.com",)
