"""HTTP Digest (RFC 7616), against the arithmetic of httpx and the examples of the RFC."""

import re

import httpx
import pytest

from conf.accounts.digest_keys import DigestKeys
from sip.authentication.digest import Algorithm, Qop, Terms, request_digest_of_key
from speaker.http.digest_login import NOBODYS, NONCE_AGE_S, DigestLogin, Failed, Proved, Stale

REALM = "AXIS_ACCC8E012345"
PASSWORD = "Circle of Life"
KEYS = DigestKeys.of("Mufasa", REALM, PASSWORD)
TARGET = "/dir/index.html?a=%2Fb&c"


def login(secret: bytes = b"s" * 32) -> DigestLogin:
    return DigestLogin(secret, {"Mufasa": KEYS}.get)


def answer(
    challenge: str,
    *,
    name: str = "Mufasa",
    password: str = PASSWORD,
    method: str = "GET",
    target: str = TARGET,
    counts: int = 1,
) -> str:
    """What httpx answers to the challenge, for the last of `counts` requests."""
    auth = httpx.DigestAuth(name, password)
    request = httpx.Request(method, f"http://192.0.2.1{target}")
    flow = auth.auth_flow(request)
    next(flow)
    headers = {"WWW-Authenticate": challenge}
    flow.send(httpx.Response(401, headers=headers, request=request))
    for _ in range(counts - 1):
        request = httpx.Request(method, f"http://192.0.2.1{target}")
        next(auth.auth_flow(request))
    return str(request.headers["Authorization"])


def verdict(
    login: DigestLogin, credentials: str, now: float = 0.0, target: str = TARGET
) -> Proved | Stale | Failed:
    return login.verify(credentials, REALM, "GET", target, now)


def test_a_challenge_has_the_form_that_clients_know() -> None:
    """The order of its parts and its quotes are those of devices (VAPIX, event streaming)."""
    md5, sha_256, again = login().challenges(REALM, 0.0)
    assert re.fullmatch(
        rf'Digest realm="{REALM}", nonce="[0-9a-f]{{56}}", qop="auth", algorithm=MD5', md5
    )
    assert sha_256.endswith('qop="auth", algorithm=SHA-256')
    assert again == md5


@pytest.mark.parametrize("index", [0, 1])
def test_who_knows_the_password_is_let_in(index: int) -> None:
    server = login()
    credentials = answer(server.challenges(REALM, 0.0)[index])
    assert verdict(server, credentials) == Proved("Mufasa")


@pytest.mark.parametrize("index", [0, 1])
def test_who_does_not_is_not(index: int) -> None:
    server = login()
    challenge = server.challenges(REALM, 0.0)[index]
    assert verdict(server, answer(challenge, password="wrong")) == Failed("Mufasa")
    assert verdict(server, answer(challenge, name="Scar")) == Failed("Scar")


def test_an_algorithm_in_quotes_is_understood() -> None:
    """The library `axis` writes it so."""
    server = login()
    credentials = answer(server.challenges(REALM, 0.0)[0])
    assert verdict(server, credentials.replace("algorithm=MD5", 'algorithm="MD5"')) == Proved(
        "Mufasa"
    )


def test_what_was_signed_is_the_target_as_it_stood_in_the_request_line() -> None:
    server = login()
    credentials = answer(server.challenges(REALM, 0.0)[0])
    assert verdict(server, credentials, target="/dir/index.html?a=/b&c") == Failed("Mufasa")
    assert verdict(server, credentials) == Proved("Mufasa")


def test_a_question_mark_without_a_query_is_not_told_apart() -> None:
    server = login()
    credentials = answer(server.challenges(REALM, 0.0)[0], target="/a")
    assert verdict(server, credentials.replace('uri="/a"', 'uri="/a?"'), target="/a") == Failed(
        "Mufasa"
    ), "it was not signed"
    signed = answer(server.challenges(REALM, 0.0)[0], target="/a?")
    assert verdict(server, signed, target="/a") == Proved("Mufasa")


def test_a_request_does_not_count_twice() -> None:
    server = login()
    credentials = answer(server.challenges(REALM, 0.0)[0])
    assert [verdict(server, credentials) for _ in range(2)] == [Proved("Mufasa"), Stale()]


def test_a_nonce_serves_for_five_minutes() -> None:
    server = login()
    challenge = server.challenges(REALM, 100.0)[0]
    assert verdict(server, answer(challenge), now=100.0 + NONCE_AGE_S) == Proved("Mufasa")
    late = answer(challenge, counts=2)
    assert verdict(server, late, now=100.1 + NONCE_AGE_S) == Stale()


def test_a_nonce_of_before_a_restart_is_stale() -> None:
    credentials = answer(login(b"a" * 32).challenges(REALM, 0.0)[0])
    assert verdict(login(b"b" * 32), credentials) == Stale()


def test_that_a_nonce_is_stale_is_told_only_to_those_who_know_the_password() -> None:
    credentials = answer(login(b"a" * 32).challenges(REALM, 0.0)[0], password="wrong")
    assert verdict(login(b"b" * 32), credentials) == Failed("Mufasa")


def test_a_nonce_is_good_for_its_own_algorithm_only() -> None:
    server = login()
    challenge = server.challenges(REALM, 0.0)[0].replace("MD5", "SHA-256")
    assert verdict(server, answer(challenge)) == Stale()


def test_keys_of_another_realm_prove_nothing() -> None:
    server = DigestLogin(b"s" * 32, {"Mufasa": DigestKeys.of("Mufasa", "AXIS_1", PASSWORD)}.get)
    credentials = answer(server.challenges("AXIS_1", 0.0)[0])
    assert server.verify(credentials, "AXIS_1", "GET", TARGET, 0.0) == Proved("Mufasa")
    moved = answer(server.challenges(REALM, 0.0)[0])
    assert verdict(server, moved) == Failed("Mufasa")


def test_the_key_that_stands_for_those_who_are_unknown_opens_nothing() -> None:
    server = login()
    nonce = re.findall('nonce="([^"]+)"', server.challenges(REALM, 0.0)[0])[0]
    terms = Terms(Algorithm.MD5, REALM, nonce, Qop.AUTH, "c", "00000001")
    signed = request_digest_of_key(terms, NOBODYS, "GET", TARGET)
    credentials = (
        f'Digest username="Scar", realm="{REALM}", nonce="{nonce}", uri="{TARGET}",'
        f' response="{signed}", qop=auth, cnonce="c", nc=00000001'
    )
    assert verdict(server, credentials) == Failed("Scar")


def test_credentials_for_the_realm_of_before_prove_nothing() -> None:
    """The device has another serial number since."""
    server = DigestLogin(b"s" * 32, {"Mufasa": DigestKeys.of("Mufasa", "AXIS_1", PASSWORD)}.get)
    challenge = server.challenges(REALM, 0.0)[0].replace(REALM, "AXIS_1")
    assert verdict(server, answer(challenge)) == Failed("Mufasa")


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ("qop=auth", "qop=auth-int"),
        ("algorithm=MD5", "algorithm=SHA-512-256"),
        ("nc=00000001", "nc=1"),
        ("nc=00000001, ", ""),
        ("qop=auth, ", ""),
        (f'realm="{REALM}"', 'realm="elsewhere"'),
        ('username="Mufasa"', 'username="Mufasa", username="Scar"'),
        ("Digest ", "Basic "),
    ],
)
def test_credentials_other_than_asked_for_fail(part: str, instead: str) -> None:
    server = login()
    credentials = answer(server.challenges(REALM, 0.0)[0])
    assert part in credentials
    assert isinstance(verdict(server, credentials.replace(part, instead)), Failed)


@pytest.mark.parametrize(
    "credentials", ["", "Digest", "Digest =", "Digest a" * 200, "Digest \xe9=1"]
)
def test_nonsense_fails(credentials: str) -> None:
    assert isinstance(verdict(login(), credentials), Failed)


def test_the_examples_of_the_rfc() -> None:
    """RFC 7616 §3.9.1: the keys lead to its responses."""
    realm = "http-auth@example.org"
    keys = DigestKeys.of("Mufasa", realm, PASSWORD)
    assert keys.md5 == "3d78807defe7de2157e2b0b6573a855f"
    assert keys.sha_256 == "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232"
