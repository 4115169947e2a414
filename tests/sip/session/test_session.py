"""A session once it has a peer: BYE, INFO, and what makes no sense (RFC 3261 §12.2, §15)."""

import dataclasses

import pytest

from sip.errors import IllegalStep
from sip.flow import Transport
from sip.session.events import (
    Ended,
    InfoArrived,
    InfoRefused,
    Party,
)
from sip.syntax.message import Request, Response
from tests.sip.pair import Pair, losing, talking
from tests.sip.scripted import TCP, answer, codes, from_peer, in_call, only


@pytest.mark.parametrize("caller_leaves", [True, False])
def test_either_side_hangs_up(caller_leaves: bool) -> None:
    """RFC 3261 §15.1."""
    pair = talking()
    leaving, staying = (pair.alice, pair.bob) if caller_leaves else (pair.bob, pair.alice)
    leaving.hang_up()
    pair.run()
    assert leaving.told(Ended) == [Ended(leaving.session, Party.LOCAL, 200, "OK")]
    assert staying.told(Ended) == [Ended(staying.session, Party.REMOTE, 200, "")]
    pair.run_out()
    assert pair.alice.agent.remembered == pair.bob.agent.remembered == 0


def test_the_reason_of_a_bye_is_told() -> None:
    """RFC 3326."""
    pair = talking()
    pair.alice.hang_up('Q.850;cause=16;text="Terminated"')
    pair.run()
    assert pair.bob.told(Ended)[0].reason == 'Q.850;cause=16;text="Terminated"'


def test_a_bye_that_nobody_answers_ends_the_call_all_the_same() -> None:
    """RFC 3261 §15.1.1."""
    pair = talking()
    pair.fate = losing("alice BYE")
    pair.alice.hang_up()
    pair.run(31)
    assert pair.alice.told(Ended) == []
    pair.run(2)
    assert pair.alice.told(Ended) == [
        Ended(pair.alice.session, Party.NETWORK, 408, "Request Timeout")
    ]


@pytest.mark.parametrize("code", [401, 407, 481, 500])
def test_a_refused_bye_ends_the_call_and_is_not_repeated(code: int) -> None:
    """RFC 3261 §15.1.1; a challenge must not make us tell who we are."""
    script, session = in_call()
    bye = only(script.do(script.agent.hang_up(session, 0)))
    assert script.hears(answer(bye, code)) == []
    assert [(each.by, each.code) for each in script.told(Ended)] == [(Party.LOCAL, code)]


def test_byes_that_cross_end_the_call_once() -> None:
    """RFC 5407 §3.2: whoever hung up was the one to end it."""
    pair = talking()
    pair.alice.hang_up()
    pair.bob.hang_up()
    pair.run()
    for phone in (pair.alice, pair.bob):
        assert [(each.by, each.code) for each in phone.told(Ended)] == [(Party.LOCAL, 200)]
    assert len(pair.alice.sent("200 BYE")) == len(pair.bob.sent("200 BYE")) == 1


def test_hanging_up_twice_is_illegal() -> None:
    pair = talking()
    pair.alice.hang_up()
    with pytest.raises(IllegalStep, match="closing"):
        pair.alice.hang_up()
    pair.run()
    with pytest.raises(IllegalStep, match="over"):
        pair.alice.hang_up()


def test_after_our_bye_only_byes_are_answered_well() -> None:
    """RFC 3261 §15.1.1: the session is over once the BYE is sent."""
    script, session = in_call()
    script.do(script.agent.hang_up(session, 0))
    assert codes(script.hears(from_peer("INFO", to_tag=session, cseq=2))) == [481]
    assert codes(script.hears(from_peer("BYE", to_tag=session, cseq=3))) == [200]


def test_info_is_answered_and_told() -> None:
    """RFC 2976."""
    pair = talking()
    pair.alice.send_info("application/dtmf-relay", b"Signal= 5\r\nDuration=160\r\n")
    pair.run()
    assert pair.ladder[-2:] == ["alice INFO", "bob 200 INFO"]
    assert pair.bob.told(InfoArrived) == [
        InfoArrived(pair.bob.session, "application/dtmf-relay", b"Signal= 5\r\nDuration=160\r\n")
    ]


def test_an_info_that_is_refused_is_told_and_the_call_goes_on() -> None:
    script, session = in_call()
    info = only(script.do(script.agent.send_info(session, "application/dtmf", b"5", 0)))
    script.hears(answer(info, 415))
    assert script.told(InfoRefused) == [InfoRefused(session, 415, "Unsupported Media Type")]
    assert script.told(Ended) == []


def test_an_info_package_was_never_asked_for() -> None:
    """RFC 6086 §4.2.2."""
    script, session = in_call()
    info = from_peer("INFO", to_tag=session, cseq=2, headers=[("Info-Package", "foo")])
    refusal = only(script.hears(info))
    assert codes([refusal]) == [469]
    assert refusal.headers.get("Recv-Info") == ""


@pytest.mark.parametrize("code", [408, 481])
def test_a_request_that_the_peer_knows_no_dialog_for_ends_the_session(code: int) -> None:
    """RFC 3261 §12.2.1.2: by a BYE."""
    script, session = in_call()
    info = only(script.do(script.agent.send_info(session, "application/dtmf", b"5", 0)))
    assert codes(script.hears(answer(info, code))) == ["BYE"]
    assert [(each.by, each.code) for each in script.told(Ended)] == [(Party.REMOTE, code)]


def test_a_request_that_nobody_answers_ends_the_session() -> None:
    """RFC 3261 §12.2.1.2."""
    script, session = in_call()
    script.do(script.agent.send_info(session, "application/dtmf", b"5", script.now))
    script.waits(33)
    assert [(each.by, each.code) for each in script.told(Ended)] == [(Party.NETWORK, 408)]
    script.waits(33)
    assert len(script.told(Ended)) == 1
    assert script.agent.remembered == 0


def test_a_lower_sequence_number_is_out_of_order() -> None:
    """RFC 3261 §12.2.2."""
    script, session = in_call()
    assert codes(script.hears(from_peer("INFO", to_tag=session, cseq=7))) == [200]
    assert codes(script.hears(from_peer("INFO", to_tag=session, cseq=6))) == [500]
    assert codes(script.hears(from_peer("BYE", to_tag=session, cseq=5))) == [500]
    assert script.told(Ended) == []


@pytest.mark.parametrize("wrong", ["call_id", "from_tag", "to_tag"])
@pytest.mark.parametrize("method", ["BYE", "INFO", "INVITE", "OPTIONS"])
def test_a_request_for_another_dialog_gets_481(method: str, wrong: str) -> None:
    """RFC 3261 §12.2.2."""
    script, session = in_call()
    names = {"call_id": "call-1", "from_tag": "peer-tag", "to_tag": str(session)}
    names[wrong] = "other"
    request = from_peer(
        method,
        cseq=9,
        call_id=names["call_id"],
        from_tag=names["from_tag"],
        to_tag=names["to_tag"],
    )
    assert codes(script.hears(request)) == [481]
    assert script.told(Ended) == []


def test_options_within_a_dialog_are_answered_like_outside() -> None:
    """RFC 3261 §11.2."""
    script, session = in_call()
    reply = only(script.hears(from_peer("OPTIONS", to_tag=session, cseq=2)))
    assert isinstance(reply, Response)
    assert reply.code == 200
    assert "INFO" in reply.allow


def test_requests_within_a_dialog_count_up() -> None:
    """RFC 3261 §12.2.1.1."""
    script, session = in_call()
    infos = [
        only(script.do(script.agent.send_info(session, "text/plain", b"x", 0))) for _ in range(3)
    ]
    assert [info.cseq.number for info in infos] == [1, 2, 3]


def test_requests_go_to_the_remote_target() -> None:
    script, session = in_call(contact="<sip:peer@192.0.2.7:5070>")
    bye = only(script.do(script.agent.hang_up(session, 0)))
    assert isinstance(bye, Request)
    assert str(bye.uri) == "sip:peer@192.0.2.7:5070"
    assert script.sends[-1].flow.remote == ("192.0.2.7", 5070)


def test_requests_go_over_the_connection_that_the_peer_uses() -> None:
    script, session = in_call(TCP, contact="<sip:peer@192.0.2.7:5070;transport=tcp>")
    script.do(script.agent.hang_up(session, 0))
    assert script.sends[-1].flow == TCP


def test_once_its_connection_is_gone_requests_go_to_the_remote_target() -> None:
    script, session = in_call(TCP, contact="<sip:peer@192.0.2.7:5070;transport=tcp>")
    script.do(script.agent.flow_failed(TCP, 0))
    assert script.told(Ended) == []
    script.do(script.agent.hang_up(session, 0))
    sent = script.sends[-1].flow
    assert (sent.transport, sent.remote, sent.connection) == (
        Transport.TCP,
        ("192.0.2.7", 5070),
        0,
    )


def test_the_connection_of_the_peers_last_request_is_the_one_used() -> None:
    script, session = in_call(TCP)
    script.flow = dataclasses.replace(TCP, connection=8)
    script.hears(from_peer("INFO", to_tag=session, cseq=2))
    script.do(script.agent.hang_up(session, 0))
    assert script.sends[-1].flow.connection == 8


def test_our_contact_names_the_transport() -> None:
    script, _ = in_call(TCP)
    accepted = next(each.message for each in script.sends if codes([each.message]) == [200])
    assert str(accepted.contacts[0]) == "<sip:speaker@192.0.2.2:5060;transport=tcp>"


def test_a_failed_bye_over_a_lost_connection_ends_the_call() -> None:
    """Once the peer's Contact cannot be reached by another connection either (RFC 3263 §4.3)."""
    script, session = in_call(TCP)
    script.do(script.agent.hang_up(session, 0))
    assert codes(script.do(script.agent.flow_failed(TCP, 0))) == ["BYE"]
    assert script.told(Ended) == []
    script.do(script.agent.flow_failed(script.sends[-1].flow, 0))
    assert [(each.by, each.code) for each in script.told(Ended)] == [(Party.NETWORK, 503)]
    assert len(script.told(Ended)) == 1


def test_a_call_over_tcp_runs_like_one_over_udp() -> None:
    pair = talking(Pair(transport=Transport.TCP))
    pair.bob.hang_up()
    pair.run()
    assert [each.by for each in pair.alice.told(Ended)] == [Party.REMOTE]
    pair.run_out()
    assert pair.alice.agent.remembered == pair.bob.agent.remembered == 0
