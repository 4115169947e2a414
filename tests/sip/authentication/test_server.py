from __future__ import annotations

from dataclasses import replace
from typing import TypedDict, Unpack

import pytest

from sip.authentication.authorization import Authorization
from sip.authentication.challenge import Challenge
from sip.authentication.client import DigestClient
from sip.authentication.credentials import Credentials
from sip.authentication.digest import Algorithm, Qop, request_digest
from sip.authentication.nonce import Nonce
from sip.authentication.nonce_counts import NonceCounts
from sip.authentication.server import NONCE_AGE_S, Accepted, DigestServer, Refused, Verdict
from sip.errors import MisuseError
from sip.syntax.message import Request, make_response
from tests.sip.authentication.challenged import ALICE, a_client, answered, said
from tests.sip.transaction_messages import a_request

REALM = "hall"
SECRET = bytes(range(32))
PASSWORDS = {ALICE.username: ALICE.password, "empty": ""}
NOW = 1234.5678
INVITE = a_request("INVITE")


def a_server(
    secret: bytes = SECRET,
    algorithms: tuple[Algorithm, ...] = (Algorithm.SHA_256, Algorithm.MD5),
    qops: tuple[Qop, ...] = (Qop.AUTH,),
) -> DigestServer:
    return DigestServer(REALM, PASSWORDS.get, secret, algorithms=algorithms, qops=qops)


def knock(
    server: DigestServer, client: DigestClient | None = None, request: Request = INVITE
) -> Request:
    """What a client says to a challenge of the server."""
    response = make_response(request, 401, headers=server.challenge(NOW))
    return answered(client or a_client(), request, response)


class Changes(TypedDict, total=False):
    username: str
    realm: str
    nonce: str
    response: str
    algorithm_name: str
    qop_name: str
    cnonce: str
    nc: str


def changed(request: Request, **changes: Unpack[Changes]) -> Request:
    """`request` with other values in its credentials, and the digest that Alice would compute."""
    authorization = replace(said(request), **changes)
    terms = authorization.terms
    if terms is not None and "response" not in changes:
        response = request_digest(
            terms, ALICE.username, ALICE.password, request.method, authorization.uri, request.body
        )
        authorization = replace(authorization, response=response)
    return with_authorization(request, str(authorization))


def with_authorization(request: Request, *texts: str) -> Request:
    headers = request.headers.without("Authorization")
    for text in texts:
        headers = headers.with_added("Authorization", text)
    return replace(request, headers=headers)


def refusal(verdict: Verdict) -> Refused:
    assert isinstance(verdict, Refused)
    return verdict


def test_two_challenges_are_made_the_stronger_first() -> None:
    """RFC 8760 §2.3."""
    fields = a_server().challenge(NOW)
    assert [name for name, _ in fields] == ["WWW-Authenticate"] * 2
    challenges = [Challenge.parse(text) for _, text in fields]
    assert [challenge.algorithm_name for challenge in challenges] == ["SHA-256", "MD5"]
    assert {(each.realm, each.qop_names, each.stale) for each in challenges} == {
        (REALM, ("auth",), False)
    }


def test_no_nonce_is_given_twice() -> None:
    server = a_server()
    texts = [text for _ in range(3) for _, text in server.challenge(NOW)]
    assert len({Challenge.parse(text).nonce for text in texts}) == len(texts)


def test_nonce_shows_neither_time_nor_number() -> None:
    """Else two calls tell whether two users share a counter, so whether both exist."""
    earlier, later = (
        Nonce(issued, serial).write(SECRET, REALM, Algorithm.MD5)
        for issued, serial in ((1000, 0), (1000, 1))
    )
    same = sum(one == other for one, other in zip(earlier, later, strict=True))
    assert same < len(earlier) / 4
    assert Nonce.read(later, SECRET, REALM, Algorithm.MD5) == Nonce(1000, 1)
    assert Nonce.read(later, SECRET, "elsewhere", Algorithm.MD5) is None


def test_stale_is_said_in_the_challenge() -> None:
    assert all(Challenge.parse(text).stale for _, text in a_server().challenge(NOW, stale=True))


def test_right_password_is_accepted() -> None:
    server = a_server()
    assert server.verify(knock(server), NOW) == Accepted("alice")


def test_request_without_credentials_is_refused() -> None:
    assert not refusal(a_server().verify(INVITE, NOW)).stale


def test_unknown_user_and_wrong_password_cannot_be_told_apart() -> None:
    """No answer may reveal which users exist."""
    server = a_server()
    verdicts = {
        refusal(server.verify(knock(server, a_client(who)), NOW))
        for who in (Credentials("alice", "x"), Credentials("nobody", ""), Credentials("empty", ""))
    }
    assert len(verdicts) == 1
    assert not verdicts.pop().stale


@pytest.mark.parametrize("seconds", [NONCE_AGE_S + 0.002, -0.002])
def test_nonce_has_its_time(seconds: float) -> None:
    server = a_server()
    assert refusal(server.verify(knock(server), NOW + seconds)).stale


def test_nonce_is_good_to_its_last_second() -> None:
    server = a_server()
    assert server.verify(knock(server), NOW + NONCE_AGE_S - 0.002) == Accepted("alice")


def test_what_was_accepted_once_is_not_accepted_again() -> None:
    """RFC 7616 §5.12."""
    server = a_server()
    request = knock(server)
    server.verify(request, NOW)
    assert refusal(server.verify(request, NOW)).stale


def test_nonce_is_counted_upwards() -> None:
    """RFC 7616 §3.4."""
    server = a_server()
    request = knock(server)
    assert server.verify(changed(request, nc="00000002"), NOW) == Accepted("alice")
    assert refusal(server.verify(changed(request, nc="00000001"), NOW)).stale
    assert server.verify(changed(request, nc="0000000A"), NOW) == Accepted("alice")
    assert refusal(server.verify(changed(request, nc="00000000"), NOW)).stale


@pytest.mark.parametrize("nonce", ["", "x", "0" * 56, "é" * 56, "0" * 55])
def test_nonce_of_somebody_else_is_stale_to_who_knows_the_password(nonce: str) -> None:
    """RFC 7616 §3.3: after a restart, clients need not ask a person."""
    server = a_server()
    assert refusal(server.verify(changed(knock(server), nonce=nonce), NOW)).stale


def test_nonce_of_the_time_before_a_restart_is_stale() -> None:
    assert refusal(a_server(b"x" * 32).verify(knock(a_server()), NOW)).stale


def test_whoever_does_not_know_the_password_learns_nothing_of_nonces() -> None:
    server = a_server()
    guess = knock(server, a_client(Credentials("alice", "x")))
    assert not refusal(server.verify(guess, NOW + 2 * NONCE_AGE_S)).stale


def test_nonce_is_good_for_its_algorithm_only() -> None:
    """Else what was collected by MD5 would serve for SHA-256."""
    server = a_server()
    request = knock(server)
    assert refusal(server.verify(changed(request, algorithm_name="MD5"), NOW)).stale


def test_wrong_passwords_do_not_use_a_nonce_up() -> None:
    server = a_server()
    request = knock(server)
    assert not refusal(server.verify(changed(request, response="0" * 64), NOW)).stale
    assert server.verify(request, NOW) == Accepted("alice")


@pytest.mark.parametrize(
    "changes",
    [
        {"realm": "elsewhere"},
        {"algorithm_name": "SHA-512-256"},
        {"algorithm_name": "unknown"},
        {"qop_name": "auth-int"},
        {"qop_name": "unknown"},
        {"qop_name": "", "nc": "", "cnonce": ""},
        {"response": ""},
        {"response": "é" * 64},
        {"response": "\udcff"},
        {"username": "\udcff"},
        {"username": "x" * 3000},
    ],
)
def test_other_terms_than_those_offered_are_refused(changes: Changes) -> None:
    server = a_server()
    assert not refusal(server.verify(changed(knock(server), **changes), NOW)).stale


def test_answer_is_good_for_its_method_only() -> None:
    server = a_server()
    signed = str(said(knock(server)))
    assert not refusal(server.verify(with_authorization(a_request("BYE"), signed), NOW)).stale


def test_uri_that_a_proxy_has_changed_is_no_matter() -> None:
    """RFC 3261 §22.4."""
    server = a_server()
    signed = str(said(knock(server)))
    retargeted = a_request("INVITE", uri="sip:hall@192.0.2.9")
    assert server.verify(with_authorization(retargeted, signed), NOW) == Accepted("alice")


def test_credentials_for_other_realms_are_passed_over() -> None:
    server = a_server()
    signed = str(said(knock(server)))
    other = str(replace(Authorization.parse(signed), realm="elsewhere"))
    request = with_authorization(INVITE, "Basic eDp5", "Digest nonsense", other, signed)
    assert server.verify(request, NOW) == Accepted("alice")


def test_without_qop_a_nonce_is_good_for_one_request() -> None:
    server = a_server(qops=())
    request = knock(server)
    assert said(request).qop_name == ""
    assert server.verify(request, NOW) == Accepted("alice")
    assert refusal(server.verify(request, NOW)).stale


def test_digits_in_capitals_are_digits() -> None:
    server = a_server()
    request = knock(server)
    capitals = changed(request, response=said(request).response.upper())
    assert server.verify(capitals, NOW) == Accepted("alice")


def test_short_secret_is_misuse() -> None:
    with pytest.raises(MisuseError):
        a_server(b"short")


def test_table_of_nonces_is_bounded_and_forgets_safely() -> None:
    """A nonce that is forgotten is used up, and so is every older one."""
    counts = NonceCounts(maximum=3)
    assert all(counts.use(serial, 1) for serial in (5, 2, 9, 7))
    assert len(counts) == 3
    assert not any(counts.use(serial, 2) for serial in (1, 2))
    assert counts.use(5, 2)
