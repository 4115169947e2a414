"""The published examples: numbers that others have computed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sip.authentication.digest import (
    Algorithm,
    Qop,
    Terms,
    hashed_username,
    request_digest,
    server_digest,
)

LION = Terms(
    Algorithm.SHA_256,
    realm="http-auth@example.org",
    nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    qop=Qop.AUTH,
    cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    nc="00000001",
)
DOE = Terms(
    Algorithm.SHA_512_256,
    realm="api@example.org",
    nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
    qop=Qop.AUTH,
    cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
    nc="00000001",
)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        (Algorithm.SHA_256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        (Algorithm.MD5, "8ca523f5e9506fed4657c9700eebdbec"),
    ],
)
def test_example_of_sha_256_and_md5(algorithm: Algorithm, response: str) -> None:
    """RFC 7616 §3.9.1, with the password that erratum 4495 spells in its right case."""
    terms = replace(LION, algorithm=algorithm)
    assert request_digest(terms, "Mufasa", "Circle of Life", "GET", "/dir/index.html") == response


def test_example_of_sha_512_256_with_userhash() -> None:
    """RFC 7616 §3.9.2 by erratum 4897: the RFC itself had cut SHA-512 to 256 bits."""
    name = "Jäsøn Doe"
    assert (
        hashed_username(Algorithm.SHA_512_256, name, DOE.realm)
        == "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
    )
    assert (
        request_digest(DOE, name, "Secret, or not?", "GET", "/doe.json")
        == "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
    )


def test_example_of_rfc_2617() -> None:
    """RFC 2617 §3.5."""
    terms = Terms(
        Algorithm.MD5,
        realm="testrealm@host.com",
        nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
        qop=Qop.AUTH,
        cnonce="0a4f113b",
        nc="00000001",
    )
    response = request_digest(terms, "Mufasa", "Circle Of Life", "GET", "/dir/index.html")
    assert response == "6629fae49393a05397450978507c4ef1"


def test_without_qop_neither_count_nor_cnonce_is_hashed() -> None:
    """RFC 2617 §3.2.2.1, the digest of RFC 2069; its example with the number of its erratum 749."""
    terms = Terms(
        Algorithm.MD5,
        realm="testrealm@host.com",
        nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
        cnonce="ignored",
        nc="00000009",
    )
    response = request_digest(terms, "Mufasa", "CircleOfLife", "GET", "/dir/index.html")
    assert response == "1949323746fe6a43ef61f9606e7febea"


@pytest.mark.parametrize(
    ("algorithm", "qop", "response"),
    [
        (Algorithm.MD5_SESS, Qop.AUTH, "e783283f46242139c486a698fec7211d"),
        (
            Algorithm.SHA_256_SESS,
            Qop.AUTH,
            "2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7",
        ),
        (
            Algorithm.SHA_512_256,
            Qop.AUTH,
            "430d05014cecc49cab6fbe03176d41a1da86cbfe24a16580e22aaad928d960d0",
        ),
    ],
)
def test_other_algorithms_agree_with_what_other_programs_compute(
    algorithm: Algorithm, qop: Qop, response: str
) -> None:
    """The values of §3.9.1 with other algorithms, as another implementation's tests have them."""
    terms = replace(LION, algorithm=algorithm, qop=qop)
    assert request_digest(terms, "Mufasa", "Circle of Life", "GET", "/dir/index.html") == response


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        (Algorithm.MD5, "3dbb0971468cf612bdccd7dff696c5e6"),
        (Algorithm.SHA_256, "21468b02aafd4fe0a3d84bfddaf3618cc087adff4bb3c92d0a5f99c3035fcb9a"),
    ],
)
def test_auth_int_covers_the_body(algorithm: Algorithm, response: str) -> None:
    """RFC 7616 §3.4.3, again with the numbers of another implementation."""
    terms = replace(LION, algorithm=algorithm, qop=Qop.AUTH_INT, nc="00000002")
    computed = request_digest(
        terms, "Mufasa", "Circle of Life", "INVITE", "sip:bob@example.org", b"v=0\r\n"
    )
    assert computed == response


def test_server_proves_itself_without_a_method() -> None:
    """RFC 7616 §3.5: A2 is a colon and the URI."""
    with_method = request_digest(LION, "Mufasa", "Circle of Life", "", "/dir/index.html")
    assert server_digest(LION, "Mufasa", "Circle of Life", "/dir/index.html") == with_method


def test_octets_that_are_no_text_are_hashed_as_they_came() -> None:
    """As `md5sum` sees them."""
    octets = b"caf\xe9"
    name = octets.decode("utf-8", "surrogateescape")
    assert hashed_username(Algorithm.MD5, name, "r") == "f88b7477060812c4fab1b9df8a443112"


@pytest.mark.parametrize("name", ["sha-256", "SHA-256", "Sha-256"])
def test_algorithms_are_known_in_any_case(name: str) -> None:
    assert Algorithm.named(name) is Algorithm.SHA_256


def test_no_algorithm_means_md5() -> None:
    """RFC 7616 §3.3."""
    assert Algorithm.named("") is Algorithm.MD5
    assert Algorithm.named("SHA-1") is None
