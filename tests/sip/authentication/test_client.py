from __future__ import annotations

from dataclasses import replace

import pytest

from sip.authentication.authorization import Authorization
from sip.authentication.client import MAXIMUM_REALMS, MAXIMUM_STALE, Obstacle
from sip.authentication.credentials import Credentials
from sip.authentication.digest import server_digest
from sip.authentication.fields import MAXIMUM_VALUES
from sip.syntax.message import Request, Response, make_response
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
    without_credentials,
)
from tests.sip.transaction_messages import a_request


def test_challenge_is_answered_with_what_it_asked_for() -> None:
    """RFC 7616 §3.4, RFC 3261 §22.4."""
    request = register()
    again = answered(a_client(), request, unauthorized(request, digest(more='opaque="o"')))
    authorization = said(again)
    assert str(authorization).startswith('Digest username="alice", realm="hall", nonce="n1"')
    assert (authorization.qop_name, authorization.nc) == ("auth", "00000001")
    assert (authorization.cnonce, authorization.opaque) == ("cnonce1", "o")
    assert is_right(authorization, again)


def test_nothing_but_the_credentials_is_changed() -> None:
    request = register()
    again = answered(a_client(), request, unauthorized(request, digest()))
    assert replace(again, headers=without_credentials(again)) == request


def test_server_of_rfc_2069_gets_neither_count_nor_cnonce() -> None:
    """RFC 3261 §22.4 item 8."""
    request = register()
    again = answered(a_client(), request, unauthorized(request, digest(qop="")))
    authorization = said(again)
    assert (authorization.qop_name, authorization.nc, authorization.cnonce) == ("", "", "")
    assert is_right(authorization, again)


def test_session_key_needs_a_cnonce_even_without_qop() -> None:
    """RFC 2617 §3.2.2.2."""
    request = register()
    challenge = digest(more="algorithm=MD5-sess", qop="")
    again = answered(a_client(), request, unauthorized(request, challenge))
    assert (said(again).qop_name, said(again).cnonce) == ("", "cnonce1")
    assert is_right(said(again), again)


def test_body_is_covered_where_the_server_insists() -> None:
    """RFC 7616 §3.4.3."""
    request = replace(a_request("INVITE"), body=b"v=0\r\n")
    again = answered(a_client(), request, unauthorized(request, digest(qop="auth-int")))
    assert is_right(said(again), again)
    assert not is_right(said(again), replace(again, body=b"v=1\r\n"))


def test_name_is_hashed_where_the_server_offers_it() -> None:
    """RFC 7616 §3.4.4."""
    request = register()
    challenge = digest(more="userhash=true, algorithm=SHA-256")
    again = answered(a_client(), request, unauthorized(request, challenge))
    assert said(again).userhash
    assert said(again).username != ALICE.username
    assert is_right(said(again), again)


def test_refusal_is_seen_behind_a_hashed_name_as_well() -> None:
    client, request = a_client(), register()
    challenge = digest(more="userhash=true, algorithm=SHA-256")
    again = answered(client, request, unauthorized(request, challenge))
    refusal = unanswered(client, again, unauthorized(again, digest("n2", "userhash=true")))
    assert refusal.obstacle is Obstacle.WRONG_PASSWORD


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        (["SHA-256", "MD5"], "SHA-256"),
        (["MD5", "SHA-256"], "SHA-256"),
        (["SHA-256", "SHA-512-256", "MD5"], "SHA-256"),
        (["SHA-512-256", "SHA-256", "MD5"], "SHA-512-256"),
        (["SHA-1024", "MD5-sess", "MD5"], "MD5-sess"),
        (["SHA-1024", "sha-256-SESS"], "sha-256-SESS"),
    ],
)
def test_topmost_of_the_strongest_algorithms_is_taken(offered: list[str], taken: str) -> None:
    """RFC 8760 §2.4, where our policy is never to take a weaker one than is offered."""
    request = register()
    challenges = [digest(more=f"algorithm={name}") for name in offered]
    again = answered(a_client(), request, unauthorized(request, *challenges))
    assert said(again).algorithm_name == taken
    assert is_right(said(again), again)


def test_of_one_algorithm_the_challenge_with_qop_is_taken() -> None:
    request = register()
    again = answered(a_client(), request, unauthorized(request, digest("n1", qop=""), digest("n2")))
    assert said(again).nonce == "n2"


def test_every_realm_that_asks_is_answered() -> None:
    """RFC 3261 §22.3: a proxy that forks collects the challenges of all."""
    request = a_request("INVITE")
    challenges = [digest(realm="a"), digest(realm="b")]
    response = unauthorized(request, *challenges)
    response = replace(
        response, headers=response.headers.with_added("Proxy-Authenticate", digest(realm="a"))
    )
    again = answered(a_client(), request, response)
    texts = again.headers.get_all("Authorization")
    assert [Authorization.parse(text).realm for text in texts] == ["a", "b"]
    assert said(again, "Proxy-Authorization").realm == "a"


def test_what_cannot_be_answered_does_not_stop_what_can() -> None:
    request = register()
    response = unauthorized(
        request,
        "Basic realm=x",
        "Digest nonsense",
        digest(realm="a", more="algorithm=SHA-1"),
        digest(realm="b"),
    )
    assert said(answered(a_client(), request, response)).realm == "b"


def test_challenges_beyond_a_bound_are_not_looked_at() -> None:
    request = register()
    useless = [digest(more="algorithm=SHA-1")] * MAXIMUM_VALUES
    refusal = unanswered(a_client(), request, unauthorized(request, *useless, digest()))
    assert refusal.obstacle is Obstacle.UNKNOWN_ALGORITHM


def test_password_is_wrong_when_the_server_asks_again() -> None:
    client, request = a_client(), register()
    again = answered(client, request, unauthorized(request, digest("n1")))
    refusal = unanswered(client, again, unauthorized(again, digest("n2")))
    assert refusal.obstacle is Obstacle.WRONG_PASSWORD
    assert "hall" in refusal.why


def test_refused_password_is_not_offered_unasked() -> None:
    client, request = a_client(), register()
    again = answered(client, request, unauthorized(request, digest("n1")))
    unanswered(client, again, unauthorized(again, digest("n2")))
    assert client.authorize(request) == request


def test_password_that_is_right_after_all_is_offered_unasked_again() -> None:
    client, request = a_client(), register()
    again = answered(client, request, unauthorized(request, digest("n1")))
    unanswered(client, again, unauthorized(again, digest("n2")))
    answered(client, request, unauthorized(request, digest("n3")))
    assert said(client.authorize(request)).nonce == "n3"


def test_stale_nonce_is_replaced() -> None:
    """RFC 7616 §3.3."""
    client, request = a_client(), register()
    again = answered(client, request, unauthorized(request, digest("n1")))
    once_more = answered(client, again, unauthorized(again, digest("n2", "stale=true")))
    assert (said(once_more).nonce, said(once_more).nc) == ("n2", "00000001")
    assert said(once_more).cnonce != said(again).cnonce
    assert is_right(said(once_more), once_more)


def test_server_that_finds_everything_stale_is_given_up() -> None:
    client, request = a_client(), register()
    again = answered(client, request, unauthorized(request, digest("n0")))
    for number in range(1, MAXIMUM_STALE + 1):
        again = answered(client, again, unauthorized(again, digest(f"n{number}", "stale=true")))
    refusal = unanswered(client, again, unauthorized(again, digest("last", "stale=true")))
    assert refusal.obstacle is Obstacle.ALWAYS_STALE
    again = answered(client, request, unauthorized(request, digest("new")))  # a new request
    answered(client, again, unauthorized(again, digest("newer", "stale=true")))


def test_nonce_that_is_called_stale_and_repeated_is_given_up() -> None:
    client, request = a_client(), register()
    again = answered(client, request, unauthorized(request, digest("n1")))
    refusal = unanswered(client, again, unauthorized(again, digest("n1", "stale=true")))
    assert refusal.obstacle is Obstacle.ALWAYS_STALE


def test_known_nonce_is_used_unasked_and_counted() -> None:
    """RFC 7616 §3.6, §3.4: nc counts the requests with this nonce."""
    client, request = a_client(), register()
    answered(client, request, unauthorized(request, digest()))
    later = [client.authorize(request) for _ in range(2)]
    assert [said(each).nc for each in later] == ["00000002", "00000003"]
    assert all(is_right(said(each), each) for each in later)
    assert {said(each).cnonce for each in later} == {"cnonce1"}


def test_nothing_is_said_unasked_before_anyone_has_asked() -> None:
    assert a_client().authorize(register()) == register()


def test_nonce_without_qop_is_not_used_unasked() -> None:
    """Without a count, a server that cares for replays takes it once."""
    client, request = a_client(), register()
    answered(client, request, unauthorized(request, digest(qop="")))
    assert client.authorize(request) == request


def test_what_a_registrar_asks_is_not_told_to_whom_we_call() -> None:
    """RFC 3261 §22.2: credentials are remembered for a To and a realm."""
    client, request = a_client(), register()
    answered(client, request, unauthorized(request, digest()))
    call = replace(
        a_request("INVITE"), headers=request.headers.without("To").with_added("To", "<sip:eve@x>")
    )
    assert client.authorize(call) == call


def test_proxy_is_told_unasked_whoever_is_called() -> None:
    client, request = a_client(), register()
    answered(client, request, proxy_wants(request, digest()))
    call = replace(
        a_request("INVITE"), headers=request.headers.without("To").with_added("To", "<sip:eve@x>")
    )
    assert said(client.authorize(call), "Proxy-Authorization").nc == "00000002"


@pytest.mark.parametrize("method", ["ACK", "CANCEL"])
def test_nobody_may_challenge_ack_or_cancel(method: str) -> None:
    """RFC 3261 §22.1."""
    client, request = a_client(), register()
    answered(client, request, proxy_wants(request, digest()))
    special = a_request(method)
    assert client.authorize(special) == special
    refusal = unanswered(client, special, proxy_wants(special, digest("n2")))
    assert refusal.obstacle is Obstacle.NOT_CHALLENGED


@pytest.mark.parametrize("nonce", ["n1", "n2"])
def test_challenge_to_unasked_credentials_does_not_mean_a_wrong_password(nonce: str) -> None:
    """Servers that were started anew, or that take each nonce once, do not all say `stale`."""
    client, request = a_client(), register()
    answered(client, request, unauthorized(request, digest("n1")))
    unasked = client.authorize(request)
    again = answered(client, unasked, unauthorized(unasked, digest(nonce)))
    assert is_right(said(again), again)
    refusal = unanswered(client, again, unauthorized(again, digest("n3")))
    assert refusal.obstacle is Obstacle.WRONG_PASSWORD


def test_request_that_goes_to_another_server_is_authorized_anew() -> None:
    """The second server's challenge is no refusal of what the first has asked for."""
    for qop in ("auth", ""):
        client, request = a_client(), register()
        again = answered(client, request, unauthorized(request, digest("n1", qop=qop)))
        elsewhere = client.authorize(again)
        answered(client, elsewhere, unauthorized(elsewhere, digest("n2", qop=qop)))


def test_two_requests_that_were_asked_the_same_count_on() -> None:
    """Servers make one nonce a second, and requests come closer to one another."""
    client, request, other = a_client(), register(), a_request("OPTIONS")
    first = answered(client, request, proxy_wants(request, digest()))
    second = answered(client, other, proxy_wants(other, digest()))
    assert [said(each, "Proxy-Authorization").nc for each in (first, second)] == [
        "00000001",
        "00000002",
    ]
    assert is_right(said(second, "Proxy-Authorization"), second)


def test_two_requests_that_are_refused_bring_no_third_try() -> None:
    client, request, other = a_client(), register(), a_request("OPTIONS")
    first = answered(client, request, proxy_wants(request, digest("n1")))
    second = answered(client, other, proxy_wants(other, digest("n2")))
    unanswered(client, first, proxy_wants(first, digest("n3")))
    unanswered(client, second, proxy_wants(second, digest("n4")))


def test_second_proxy_keeps_what_the_first_was_told() -> None:
    """RFC 3261 §22.3; what the first proxy sees is a new request, so it is counted."""
    client, request = a_client(), a_request("INVITE")
    again = answered(client, request, proxy_wants(request, digest("n1", realm="a")))
    both = answered(client, again, proxy_wants(again, digest("n2", realm="b")))
    texts = both.headers.get_all("Proxy-Authorization")
    assert ['realm="a"' in texts[0], "nc=00000002" in texts[0]] == [True, True]
    assert ['realm="b"' in texts[1], "nc=00000001" in texts[1]] == [True, True]


def test_first_proxy_that_asks_again_after_the_second_is_answered() -> None:
    """It has taken our password once, so it only wants a new nonce."""
    client, request = a_client(), a_request("INVITE")
    again = answered(client, request, proxy_wants(request, digest("n1", realm="a")))
    both = answered(client, again, proxy_wants(again, digest("n2", realm="b")))
    answered(client, both, proxy_wants(both, digest("n3", realm="a")))


@pytest.mark.parametrize("other", [Credentials("bob", "builder"), Credentials("alice", "else")])
def test_credentials_of_others_are_left_alone(other: Credentials) -> None:
    """Each proxy may have an account of its own, and so a client of its own."""
    request, client, neighbour = a_request("INVITE"), a_client(), a_client(other)
    theirs = answered(neighbour, request, proxy_wants(request, digest(realm="b")))
    both = answered(client, theirs, proxy_wants(theirs, digest(realm="a")))
    first, second = both.headers.get_all("Proxy-Authorization")
    assert first == theirs.headers.get("Proxy-Authorization")
    assert Authorization.parse(second).realm == "a"
    anew = client.authorize(neighbour.authorize(both))
    assert len(anew.headers.get_all("Proxy-Authorization")) == 2


def test_realms_are_remembered_up_to_a_bound() -> None:
    client, request = a_client(), register()
    for number in range(MAXIMUM_REALMS + 3):
        answered(client, request, proxy_wants(request, digest(realm=f"r{number}")))
    texts = client.authorize(request).headers.get_all("Proxy-Authorization")
    assert len(texts) == MAXIMUM_REALMS
    assert 'realm="r3"' in texts[0]


def test_realm_that_asks_often_is_remembered() -> None:
    client, request = a_client(), register()
    for number in range(MAXIMUM_REALMS):
        answered(client, request, proxy_wants(request, digest(realm=f"r{number}")))
    for realm in ("r0", "new"):
        answered(client, request, proxy_wants(request, digest("n2", realm=realm)))
    texts = client.authorize(request).headers.get_all("Proxy-Authorization")
    assert {Authorization.parse(text).realm for text in texts} >= {"r0", "new"}


@pytest.mark.parametrize(
    ("challenges", "obstacle"),
    [
        ([], Obstacle.NOT_CHALLENGED),
        (["Digest realm=x"], Obstacle.MALFORMED),
        (["NTLM"], Obstacle.MALFORMED),
        ([digest(more="algorithm=SHA-1")], Obstacle.UNKNOWN_ALGORITHM),
        ([digest(qop="auth-conf")], Obstacle.UNKNOWN_ALGORITHM),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(
    challenges: list[str], obstacle: Obstacle
) -> None:
    request = register()
    refusal = unanswered(a_client(), request, unauthorized(request, *challenges))
    assert refusal.obstacle is obstacle
    assert refusal.why


def test_only_401_and_407_are_answered() -> None:
    request = register()
    response = make_response(request, 403, headers=[("WWW-Authenticate", digest())])
    assert unanswered(a_client(), request, response).obstacle is Obstacle.NOT_CHALLENGED


def test_next_nonce_is_used() -> None:
    """RFC 7616 §3.5."""
    client, request = a_client(), register()
    again = answered(client, request, unauthorized(request, digest("n1")))
    assert client.confirm(again, ok(again, 'nextnonce="n2"'))
    unasked = client.authorize(request)
    assert (said(unasked).nonce, said(unasked).nc) == ("n2", "00000001")
    assert is_right(said(unasked), unasked)
    answered(client, unasked, unauthorized(unasked, digest("n3")))  # nobody had asked for it


def test_key_of_a_session_outlives_the_next_nonce() -> None:
    """RFC 7616 §3.4.2 does not say what would become of it."""
    client, request = a_client(), register()
    challenge = digest("n1", "algorithm=MD5-sess")
    again = answered(client, request, unauthorized(request, challenge))
    assert client.confirm(again, ok(again, 'nextnonce="n2"'))
    unasked = client.authorize(request)
    assert (said(unasked).nonce, said(unasked).cnonce) == ("n1", "cnonce1")


def test_server_that_proves_itself_is_believed() -> None:
    """RFC 7616 §3.5."""
    client, request = a_client(), register()
    again = answered(client, request, unauthorized(request, digest()))
    terms = said(again).terms
    assert terms is not None
    rspauth = server_digest(terms, ALICE.username, ALICE.password, said(again).uri)
    assert client.confirm(again, ok(again, f'rspauth="{rspauth}", qop=auth, cnonce="cnonce1"'))
    assert client.confirm(again, ok(again, f'rspauth="{rspauth.upper()}", nc=00000001'))
    assert not client.confirm(again, ok(again, f'rspauth="{rspauth}", cnonce="other"'))
    assert not client.confirm(again, ok(again, f'rspauth="{rspauth}", nc=00000002'))
    assert not client.confirm(again, ok(again, f'rspauth="{rspauth}", qop=auth-int'))
    assert not client.confirm(again, ok(again, f'rspauth="{rspauth}", qop=x'))


@pytest.mark.parametrize("rspauth", ["00", "\udcff", "x" * 32])
def test_server_that_proves_itself_wrongly_is_not_believed(rspauth: str) -> None:
    client, request = a_client(), register()
    again = answered(client, request, unauthorized(request, digest()))
    assert not client.confirm(again, ok(again, f'rspauth="{rspauth}", nextnonce="n2"'))
    assert said(client.authorize(request)).nonce == "n1"


def test_one_wrong_proof_is_enough() -> None:
    client, request = a_client(), register()
    again = answered(client, request, unauthorized(request, digest()))
    response = ok(again, 'rspauth="00"')
    more = response.headers.with_added("Authentication-Info", 'nextnonce="n2"')
    assert not client.confirm(again, replace(response, headers=more))


def test_next_nonce_that_may_be_of_either_realm_is_not_used() -> None:
    """The header field names no realm."""
    client, request = a_client(), register()
    both = unauthorized(request, digest(realm="a"), digest(realm="b"))
    again = answered(client, request, both)
    assert client.confirm(again, ok(again, 'nextnonce="n2"'))
    texts = client.authorize(request).headers.get_all("Authorization")
    assert {Authorization.parse(text).nonce for text in texts} == {"n1"}


def test_proof_to_credentials_that_were_not_sent_is_none() -> None:
    assert not a_client().confirm(register(), ok(register(), 'rspauth="00"'))


@pytest.mark.parametrize("text", ["", "nonsense", 'nextnonce="'])
def test_information_that_cannot_be_read_says_nothing(text: str) -> None:
    client, request = a_client(), register()
    again = answered(client, request, unauthorized(request, digest()))
    assert client.confirm(again, ok(again, text))
    assert said(client.authorize(request)).nonce == "n1"


def test_password_is_not_shown() -> None:
    client, request = a_client(), register()
    again = answered(client, request, unauthorized(request, digest()))
    assert ALICE.password not in f"{ALICE!r} {vars(client)!r} {again!r} {bytes(again)!r}"


def ok(request: Request, information: str) -> Response:
    return make_response(request, 200, headers=[("Authentication-Info", information)])
