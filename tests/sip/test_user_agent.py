"""What stands outside of sessions (RFC 3261 §8.2, §9.2, §11), and the limits."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip.errors import IllegalStep, MisuseError
from sip.flow import Address, Transport
from sip.session.capabilities import METHODS
from sip.session.events import Ended, IncomingCall, OptionsAnswered, SessionId
from sip.syntax.address import NameAddress
from sip.syntax.message import Request, Response
from sip.syntax.uri import SipUri
from tests.fuzz.endurance import SEEDS, endure
from tests.mutation import mutated
from tests.sip.pair import OFFER
from tests.sip.scripted import UDP, Scripted, answer, codes, from_peer, only

SPEAKER = NameAddress.parse("<sip:speaker@192.0.2.2>")


def reply_to(request: Request | bytes) -> Response:
    reply = only(Scripted().hears(request))
    assert isinstance(reply, Response)
    return reply


def test_options_tell_what_we_can_do() -> None:
    """RFC 3261 §11.2."""
    reply = reply_to(from_peer("OPTIONS"))
    assert reply.code == 200
    assert reply.allow == METHODS
    assert reply.headers.get("Accept") == "application/sdp"
    assert reply.supported == ("100rel", "replaces", "norefersub")
    assert reply.headers.get("Server") == "intercom-speaker"
    assert reply.to.tag != ""


@pytest.mark.parametrize(
    ("method", "code"), [("REGISTER", 405), ("MESSAGE", 405), ("PUBLISH", 405), ("DANCE", 501)]
)
def test_methods_that_we_do_not_support_are_refused_with_those_that_we_do(
    method: str, code: int
) -> None:
    """RFC 3261 §8.2.1."""
    reply = reply_to(from_peer(method))
    assert reply.code == code
    assert "INVITE" in reply.allow


@pytest.mark.parametrize("method", ["BYE", "INFO", "PRACK", "UPDATE"])
def test_requests_that_need_a_dialog_get_481_without_one(method: str) -> None:
    """RFC 3261 §15.1.2."""
    assert reply_to(from_peer(method)).code == 481


def test_an_extension_that_we_do_not_know_is_refused_by_name() -> None:
    """RFC 3261 §8.2.2.3."""
    reply = reply_to(from_peer("INVITE", headers=[("Require", "100rel, path, teleport")]))
    assert reply.code == 420
    assert reply.headers.get("Unsupported") == "path, teleport"


def test_a_body_that_is_no_description_is_refused() -> None:
    """RFC 3261 §8.2.3."""
    invite = from_peer("INVITE", headers=[("Content-Type", "text/plain")], body=b"hello")
    reply = reply_to(invite)
    assert reply.code == 415
    assert reply.headers.get("Accept") == "application/sdp"


def test_an_info_may_carry_anything() -> None:
    info = from_peer("INFO", headers=[("Content-Type", "application/dtmf-relay")], body=b"x")
    assert reply_to(info).code == 481, "and not 415"


def test_a_uri_of_another_scheme_is_refused() -> None:
    """RFC 3261 §8.2.2.1."""
    data = bytes(from_peer("INVITE")).replace(b"INVITE sip:speaker@192.0.2.2", b"INVITE tel:+1")
    assert reply_to(data).code == 416


def test_another_version_is_refused() -> None:
    """RFC 3261 §21.5.6."""
    data = bytes(from_peer("OPTIONS")).replace(b"SIP/2.0\r\n", b"SIP/7.0\r\n", 1)
    assert reply_to(data).code == 505


def test_an_unreadable_request_is_answered_alike_each_time() -> None:
    """RFC 3261 §8.2.7."""
    script = Scripted()
    data = bytes(from_peer("OPTIONS")).replace(b"CSeq: 1 OPTIONS", b"CSeq: one")
    first, again = script.hears(data), script.hears(data)
    assert codes(first) == [400]
    assert first == again
    assert script.agent.remembered == 0
    assert script.agent.unreadable == 2


def test_an_unreadable_request_is_answered_at_the_port_of_its_via() -> None:
    """RFC 3261 §18.2.1, §18.2.2: unlike that of `rport`, the port sent from is not listened to."""
    script = Scripted(flow=replace(UDP, remote=Address("192.0.2.1", 40000)))
    data = bytes(from_peer("OPTIONS")).replace(b"CSeq: 1 OPTIONS", b"CSeq: one")
    script.hears(data.replace(b"192.0.2.1:5060;branch", b"phone.example:5070;branch"))
    assert script.sends[0].flow.remote == Address("192.0.2.1", 5070)
    assert script.sends[0].message.top_via.received == "192.0.2.1"


def test_an_ack_is_never_answered() -> None:
    """RFC 3261 §17: whatever is wrong with it."""
    script = Scripted()
    assert script.hears(from_peer("ACK")) == []
    assert script.hears(bytes(from_peer("ACK")).replace(b"CSeq: 1 ACK", b"CSeq: x")) == []


@pytest.mark.parametrize(
    "contacts",
    [
        [],
        [("Contact", "<sip:a@b>"), ("Contact", "<sip:c@d>")],
        [("Contact", "*")],
        [("Contact", "<tel:+1555>")],
    ],
)
def test_an_invite_needs_exactly_one_contact(contacts: list[tuple[str, str]]) -> None:
    """RFC 3261 §8.1.1.8."""
    script = Scripted()
    invite = from_peer("INVITE", body=OFFER)
    headers = invite.headers.without("Contact")
    for name, value in contacts:
        headers = headers.with_added(name, value)
    assert codes(script.hears(Request("INVITE", invite.uri, headers, OFFER))) == [400]
    assert script.events == []


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_a_request_that_comes_by_two_ways_is_merged(method: str) -> None:
    """RFC 3261 §8.2.2.2."""
    script = Scripted()
    script.hears(from_peer(method, branch="one-way"))
    assert codes(script.hears(from_peer(method, branch="another-way"))) == [482]
    assert codes(script.hears(from_peer(method, branch="new", cseq=2))) != [482]


def test_a_cancel_that_cancels_nothing_gets_481() -> None:
    """RFC 3261 §9.2."""
    assert reply_to(from_peer("CANCEL")).code == 481


def test_more_calls_than_allowed_are_told_that_we_are_busy() -> None:
    script = Scripted(maximum_sessions=2)
    for n in range(3):
        last = script.hears(from_peer("INVITE", call_id=f"call-{n}", body=OFFER))
    assert codes(last) == [486]
    assert len(script.told(IncomingCall)) == 2
    with pytest.raises(IllegalStep, match="2"):
        script.calls()
    script.do(script.agent.reject(script.told(IncomingCall)[0].session, 486, 0))
    assert codes(script.hears(from_peer("INVITE", call_id="call-4", body=OFFER))) == [100]


def test_commands_for_an_unknown_session_are_illegal() -> None:
    with pytest.raises(IllegalStep, match="nobody"):
        Scripted().agent.hang_up(SessionId("nobody"), 0)


def test_a_session_that_is_over_takes_no_commands_and_no_requests() -> None:
    script = Scripted()
    script.hears(from_peer("INVITE", body=OFFER))
    session = script.told(IncomingCall)[0].session
    script.do(script.agent.reject(session, 486, 0))
    with pytest.raises(IllegalStep, match="over"):
        script.agent.accept(session, OFFER, 0)
    assert codes(script.hears(from_peer("BYE", to_tag=session, cseq=2))) == [481]
    assert len(script.told(Ended)) == 1


def test_words_that_would_start_another_line_are_refused_and_change_nothing() -> None:
    script = Scripted()
    script.hears(from_peer("INVITE", body=OFFER))
    session = script.told(IncomingCall)[0].session
    evil = "x\r\nVia: SIP/2.0/UDP 192.0.2.66"
    with pytest.raises(MisuseError):
        script.agent.reject(session, 486, 0, reason=evil)
    with pytest.raises(MisuseError):
        script.agent.reject(session, 486, 0, headers=[("Subject", evil)])
    with pytest.raises(MisuseError):
        script.agent.hang_up(session, 0, reason=evil)
    with pytest.raises(MisuseError):
        script.calls(headers=[("Subject", evil)])
    with pytest.raises(MisuseError, match="Route"):
        script.calls(headers=[("Route", "<<")])
    assert codes(script.do(script.agent.reject(session, 486, 0))) == [486]


def test_we_can_ask_a_peer_what_it_can_do() -> None:
    """RFC 3261 §11.1."""
    script = Scripted()
    query, effects = script.agent.options(
        SipUri.parse("sip:peer@192.0.2.1"), local=SPEAKER, transport=Transport.UDP, now=0
    )
    request = only(script.do(effects))
    assert codes([request]) == ["OPTIONS"]
    assert request.headers.get("Accept") == "application/sdp"
    script.hears(answer(request, 100))
    script.hears(answer(request, 200, headers=[("Allow", "INVITE, UPDATE")]))
    assert script.events == [OptionsAnswered(query, 200, "OK", ("INVITE", "UPDATE"))]


def test_a_peer_that_does_not_say_what_it_can_do_is_told_as_silent() -> None:
    script = Scripted()
    query, effects = script.agent.options(
        SipUri.parse("sip:peer@192.0.2.1"), local=SPEAKER, transport=Transport.UDP, now=0
    )
    script.do(effects)
    script.waits(33)
    assert script.events == [OptionsAnswered(query, 408, "Request Timeout")]
    assert script.agent.remembered == 0


def test_a_caller_that_wants_to_be_answered_is_told() -> None:
    script = Scripted()
    wish = [("Alert-Info", "<http://x>;info=alert-autoanswer;delay=2")]
    script.hears(from_peer("INVITE", headers=wish, body=OFFER))
    (call,) = script.told(IncomingCall)
    assert call.auto_answer is not None
    assert call.auto_answer.delay_s == 2


def test_an_offer_that_may_be_ignored_and_is_no_description_counts_as_none() -> None:
    """RFC 3261 §20.11."""
    script = Scripted()
    fields = [
        ("Content-Type", "application/x-private"),
        ("Content-Disposition", "session;handling=optional"),
    ]
    script.hears(from_peer("INVITE", headers=fields, body=b"x"))
    assert script.told(IncomingCall)[0].offer == b""


def test_floods_leave_nothing_behind() -> None:
    script = Scripted(maximum_sessions=4)
    for n in range(6000):
        script.hears(from_peer("OPTIONS", call_id=f"options-{n}"))
        if n % 100 == 0:
            script.hears(from_peer("INVITE", call_id=f"invite-{n}", body=OFFER))
    assert script.agent.remembered < 4096 + 1024 + 100
    for call in script.told(IncomingCall):
        script.do(script.agent.reject(call.session, 486, script.now))
    script.waits(40)
    assert script.agent.remembered == 0
    assert script.agent.deadline is None


@given(
    st.lists(
        st.tuples(st.sampled_from(SEEDS), st.integers(0, 2**32), st.integers(0, 12)), max_size=12
    ),
    st.floats(0, 40),
)
@settings(deadline=None)
def test_hostile_bytes_neither_raise_nor_stay(
    inputs: list[tuple[bytes, int, int]], pause_s: float
) -> None:
    endure([mutated(seed, random.Random(dice), times) for seed, dice, times in inputs], pause_s)


@given(st.permutations(SEEDS), st.floats(0, 40))
@settings(deadline=None)
def test_sound_messages_in_any_order_end_every_call_once(
    messages: list[bytes], pause_s: float
) -> None:
    endure(messages, pause_s)
