from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.authentication.authorization import Authorization
from sip.authentication.digest import Algorithm, Qop
from sip.errors import MalformedHeader

WORDS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=40)
REST = 'realm="r", nonce="n", uri="sip:a", response="00"'


def test_credentials_of_the_rfc_are_read() -> None:
    """RFC 3261 §20.7."""
    authorization = Authorization.parse(
        'Digest username="Alice", realm="atlanta.com", nonce="84a4cc6f3082121f32b42a2187831a9e", '
        'uri="sip:a", response="7587245234b3434cc3412213e5f113a5432", algorithm=MD5-sess, '
        'qop=auth-int, nc=0000000A, cnonce="c"'
    )
    terms = authorization.terms
    assert (authorization.username, authorization.realm) == ("Alice", "atlanta.com")
    assert terms is not None
    assert (terms.algorithm, terms.qop, terms.nc) == (Algorithm.MD5_SESS, Qop.AUTH_INT, "0000000A")


def test_it_is_written_as_the_grammar_has_it() -> None:
    """RFC 3261 §25.1: algorithm, qop and nc stand without quotes, all else with them."""
    authorization = Authorization(
        username='EXAMPLE\\"door"',
        realm="r",
        nonce="n",
        uri="sip:a",
        response="00",
        algorithm_name="MD5",
        opaque="",
        qop_name="auth",
        cnonce="c",
        nc="00000001",
    )
    assert str(authorization) == (
        r'Digest username="EXAMPLE\\\"door\"", realm="r", nonce="n", uri="sip:a", response="00", '
        'cnonce="c", opaque="", algorithm=MD5, qop=auth, nc=00000001'
    )


@pytest.mark.parametrize(
    "written", ["UTF-8''J%C3%A4s%c3%b8n%20Doe", "utf-8'de'J%C3%A4s%C3%B8n%20Doe"]
)
def test_name_may_be_percent_encoded(written: str) -> None:
    """RFC 7616 §3.4, the form of RFC 5987."""
    assert Authorization.parse(f"Digest username*={written}, {REST}").username == "Jäsøn Doe"


@pytest.mark.parametrize(
    "text",
    [
        f"Digest {REST}",
        f"Digest username*=UTF-8''%FF, {REST}",
        f"Digest username*=latin1''a, {REST}",
        f"Digest username*=UTF-8''%4, {REST}",
        f"Digest username*=UTF-8''\udcff, {REST}",
        f"Digest username*=UTF-8''ſ, {REST}",
        f"Digest username=\"a\", username*=UTF-8''a, {REST}",
        'Digest username="a", realm="r", nonce="n", uri="sip:a"',
        f'Digest username="a", {REST}, qop=auth',
        f'Digest username="a", {REST}, qop=auth, nc=00000001',
        f'Digest username="a", {REST}, qop=auth, cnonce="c"',
        f'Digest username="a", {REST}, qop=auth, cnonce="c", nc=1',
        f'Digest username="a", {REST}, qop=auth, cnonce="c", nc=0000000g',
        f'Digest username="a", {REST}, qop=auth, cnonce="c", nc=-0000001',
    ],
)
def test_broken_credentials_are_malformed(text: str) -> None:
    with pytest.raises(MalformedHeader):
        Authorization.parse(text)


@pytest.mark.parametrize("more", ["algorithm=SHA-1", 'qop=auth-conf, cnonce="c", nc=00000001'])
def test_what_we_do_not_know_has_no_terms(more: str) -> None:
    assert Authorization.parse(f'Digest username="a", {REST}, {more}').terms is None


@given(
    username=WORDS,
    realm=WORDS,
    opaque=st.none() | WORDS,
    cnonce=st.just("") | WORDS,
    userhash=st.booleans(),
)
def test_what_is_written_is_read_the_same(
    username: str, realm: str, opaque: str | None, cnonce: str, userhash: bool
) -> None:
    authorization = Authorization(
        username=username,
        realm=realm,
        nonce="n",
        uri="sip:a",
        response="0f",
        algorithm_name="SHA-256",
        opaque=opaque,
        qop_name="auth" if cnonce else "",
        cnonce=cnonce,
        nc="00000001" if cnonce else "",
        userhash=userhash,
    )
    assert Authorization.parse(str(authorization)) == authorization
