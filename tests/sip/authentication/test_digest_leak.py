"""The SIP digest leak: whoever gets one answer of ours can guess our password off-line.

An attacker calls, lets us answer, and challenges our BYE; or stands where he can change what a
server says to us. Whom we send anything at all is decided in `sip.client`; here is what an attacker
has of it who has come as far as to be answered.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.authentication.client import MAXIMUM_STALE, Obstacle
from sip.authentication.server import Accepted, DigestServer
from sip.syntax.message import Request, make_response
from tests.sip.authentication.challenged import (
    ALICE,
    a_client,
    answered,
    digest,
    is_right,
    proxy_wants,
    register,
    said,
    unanswered,
    unauthorized,
)
from tests.sip.transaction_messages import a_request

REALM = "hall"


def bye() -> Request:
    return a_request("BYE", uri="sip:mallory@192.0.2.66", to_tag="m", cseq=2)


def a_registrar() -> DigestServer:
    return DigestServer(REALM, {ALICE.username: ALICE.password}.get, b"s" * 32)


def test_what_the_registrar_asked_is_not_told_to_a_caller() -> None:
    """RFC 3261 §22.2: he is another destination, so he has to ask, and to be trusted first."""
    client, request = a_client(), register()
    answered(client, request, unauthorized(request, digest(realm=REALM)))
    caller = bye().headers.without("To").with_added("To", "<sip:mallory@192.0.2.66>;tag=m")
    hangs_up = replace(bye(), headers=caller)
    assert client.authorize(hangs_up) == hangs_up


def test_challenge_that_is_passed_on_serves_for_its_request_only() -> None:
    """He asks the registrar for a nonce and hands it to us: the answer is to our BYE."""
    registrar, client, hangs_up = a_registrar(), a_client(), bye()
    passed_on = make_response(hangs_up, 401, headers=registrar.challenge(1.0))
    caught = said(answered(client, hangs_up, passed_on))
    forged = replace(caught, uri=str(register().uri))
    for authorization in (caught, forged):
        headers = register().headers.with_added("Authorization", str(authorization))
        verdict = registrar.verify(replace(register(), headers=headers), 1.0)
        assert not isinstance(verdict, Accepted)


@pytest.mark.parametrize("stale", [False, True])
def test_one_request_yields_few_answers(stale: bool) -> None:
    """Each would be one more to compare guesses with."""
    client, latest = a_client(), bye()
    more = "stale=true" if stale else ""
    answers = 0
    for number in itertools.count():
        answer = client.answer(latest, proxy_wants(latest, digest(f"n{number}", more)))
        if not isinstance(answer, Request):
            break
        answers += 1
        latest = answer
    assert answers == (1 + MAXIMUM_STALE if stale else 1)


@given(st.permutations(["MD5", "MD5-sess", "SHA-256", "SHA-1", ""]))
def test_order_of_the_challenges_does_not_weaken_the_answer(offered: list[str]) -> None:
    """RFC 8760 §3: whoever changes it on the way gets no easier digest to guess from."""
    request = register()
    challenges = [digest(more=f"algorithm={name}" if name else "") for name in offered]
    again = answered(a_client(), request, unauthorized(request, *challenges))
    assert said(again).algorithm_name == "SHA-256"


@pytest.mark.parametrize("qop", ["auth", "auth-int"])
def test_answers_cannot_be_looked_up_in_a_table(qop: str) -> None:
    """RFC 7616 §5.9: with one nonce for all his victims, each answer still is of our making."""
    request = register()
    response = unauthorized(request, digest("the same for all", qop=qop))
    client = a_client()
    other = a_client()
    other.answer(request, unauthorized(request, digest("another", realm="another")))
    one, two = (said(answered(each, request, response)) for each in (client, other))
    assert one.cnonce != two.cnonce
    assert one.response != two.response


def test_password_that_a_server_has_refused_is_not_said_to_it_again_unasked() -> None:
    client, request = a_client(), bye()
    again = answered(client, request, proxy_wants(request, digest("n1")))
    refusal = unanswered(client, again, proxy_wants(again, digest("n2")))
    assert refusal.obstacle is Obstacle.WRONG_PASSWORD
    assert client.authorize(bye()) == bye()


def test_answer_to_another_method_or_place_is_another() -> None:
    request = bye()
    again = answered(a_client(), request, unauthorized(request, digest()))
    assert is_right(said(again), again)
    assert not is_right(said(again), replace(again, method="INVITE"))
    assert not is_right(said(again), replace(again, uri=register().uri))
