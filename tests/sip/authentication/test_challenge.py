from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.authentication.auth_params import MAXIMUM_LENGTH, MAXIMUM_PARAMETERS
from sip.authentication.challenge import Challenge
from sip.authentication.digest import Algorithm, Qop
from sip.errors import MalformedHeader

WORDS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=40)


def test_challenge_of_the_rfc_is_read() -> None:
    """RFC 3261 §20.44."""
    challenge = Challenge.parse(
        'Digest realm="atlanta.com", domain="sip:boxesbybob.com", qop="auth", '
        'nonce="f84f1cec41e6cbe5aea9c8e88d359", opaque="", stale=FALSE, algorithm=MD5'
    )
    assert challenge == Challenge(
        realm="atlanta.com",
        nonce="f84f1cec41e6cbe5aea9c8e88d359",
        opaque="",
        algorithm_name="MD5",
        qop_names=("auth",),
    )
    assert challenge.algorithm is Algorithm.MD5
    assert challenge.qop is Qop.AUTH


@pytest.mark.parametrize(
    "text",
    [
        'digest REALM=r,NONCE="n",QOP=auth,STALE=TRUE',
        'DIGEST  realm = "r" , nonce = "n" , qop = "auth" , stale="true"',
        'Digest ,, realm="r",\tnonce="n",,qop="Auth",stale=true,',
        'Digest realm="\\r", nonce="n", qop=" auth ,", stale=True, unheard-of=x',
    ],
)
def test_spellings_that_are_in_use_are_read(text: str) -> None:
    assert Challenge.parse(text) == Challenge(realm="r", nonce="n", qop_names=("auth",), stale=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Digest",
        "Digest realm",
        'Digest realm="r"',
        'Digest nonce="n"',
        'Digest realm="r", nonce="n',
        'Digest realm="r" nonce="n"',
        'Digest realm="r", nonce="n", nonce="m"',
        'Digest realm="r", nonce="n" x',
        'Digest realm="r", nonce="n"; stale=true',
        'Digest realm="r", nonce="n", ="x"',
        'Basic realm="r", nonce="n"',
        'realm="r", nonce="n"',
        f'Digest realm="r", nonce="{"n" * MAXIMUM_LENGTH}"',
        'Digest realm="r", nonce="n"' + "".join(f", x{n}=1" for n in range(MAXIMUM_PARAMETERS)),
    ],
)
def test_broken_challenge_is_malformed(text: str) -> None:
    with pytest.raises(MalformedHeader):
        Challenge.parse(text)


def test_body_is_left_out_where_the_server_lets_us_choose() -> None:
    assert challenge_with("auth-int,auth").qop is Qop.AUTH
    assert challenge_with("auth-int").qop is Qop.AUTH_INT


@pytest.mark.parametrize(
    ("qop", "algorithm", "answerable"),
    [
        ("", "MD5", True),
        ("auth", "", True),
        ("auth,auth-conf", "md5", True),
        ("auth-conf", "MD5", False),
        ("auth", "SHA-1", False),
    ],
)
def test_only_what_we_know_can_be_answered(qop: str, algorithm: str, answerable: bool) -> None:
    assert challenge_with(qop, algorithm).answerable is answerable


@given(
    realm=WORDS,
    nonce=WORDS,
    opaque=st.none() | WORDS,
    algorithm=WORDS,
    qop=st.lists(st.sampled_from(["auth", "auth-int", "x"]), max_size=3),
    stale=st.booleans(),
    userhash=st.booleans(),
)
def test_what_is_written_is_read_the_same(
    realm: str,
    nonce: str,
    opaque: str | None,
    algorithm: str,
    qop: list[str],
    stale: bool,
    userhash: bool,
) -> None:
    challenge = Challenge(
        realm=realm,
        nonce=nonce,
        opaque=opaque,
        algorithm_name=algorithm,
        qop_names=tuple(qop),
        stale=stale,
        userhash=userhash,
    )
    assert Challenge.parse(str(challenge)) == challenge


def challenge_with(qop: str, algorithm: str = "MD5") -> Challenge:
    return Challenge.parse(f'Digest realm="r", nonce="n", qop="{qop}", algorithm="{algorithm}"')
