"""RFC 4568."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import NotAcceptable
from media.sdp.security_description import SecurityDescription
from media.security.srtp import SrtpSuite

KEY = base64.b64encode(bytes(range(30))).decode()
CM80 = "AES_CM_128_HMAC_SHA1_80"


def test_the_example_of_the_rfc_is_read() -> None:
    """§9.1, but for its session parameter, which asks for forward error correction."""
    value = f"1 {CM80} inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20"
    read = SecurityDescription.parse(value)
    assert (read.tag, read.suite) == (1, SrtpSuite.AES_CM_128_HMAC_SHA1_80)
    assert read.key == b"YS___semctl () {\t220;}\n}\nunles"


@pytest.mark.parametrize("suite", SrtpSuite)
def test_what_is_written_is_read_again(suite: SrtpSuite) -> None:
    written = SecurityDescription(7, suite, bytes(range(suite.key_octets)))
    assert SecurityDescription.parse(written.attribute().value or "") == written


@pytest.mark.parametrize(
    ("text", "packets"),
    [
        ("", None),
        ("|2^14", 2**14),
        ("|2^16|1:1", 2**16),
        ("|1048576", 2**20),
        ("|2^31", 2**31),
        ("|2^48", None),
        ("|2^99999999999999999999", None),
        ("|99999999999999999999", None),
    ],
)
def test_the_lifetime_of_a_key_counts_unless_no_call_comes_to_it(
    text: str, packets: int | None
) -> None:
    assert SecurityDescription.parse(f"1 {CM80} inline:{KEY}{text}").lifetime == packets


@pytest.mark.parametrize("text", ["2^13", "16383", "1", "0", "2^0"])
def test_a_key_that_would_serve_no_call_is_refused(text: str) -> None:
    with pytest.raises(NotAcceptable, match="packets; below 16384 it serves no call"):
        SecurityDescription.parse(f"1 {CM80} inline:{KEY}|{text}")


@pytest.mark.parametrize(
    ("text", "mki"),
    [
        ("|2^20|1:4", b"\0\0\0\1"),  # §6.1: "the key has an MKI of 1, which is 4 octets long"
        ("|2^31|1:1", b"\1"),
        ("|66051:3", b"\1\2\3"),
        ("|0:128", bytes(128)),
        (f"|{256**128 - 1}:128", b"\xff" * 128),
    ],
)
def test_the_identifier_of_a_key_is_as_long_as_it_says(text: str, mki: bytes) -> None:
    read = SecurityDescription.parse(f"1 {CM80} inline:{KEY}{text}")
    assert read.mki == mki
    assert SecurityDescription.parse(read.attribute().value or "").mki == mki


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(f"1 {CM80} inline:{KEY}|2^20 WSH=64", id="a hint at the window"),
        pytest.param(f"1 {CM80} inline:{KEY} -SOME=1", id="a parameter that may be passed over"),
        pytest.param(f"1  {CM80}  inline:{KEY.rstrip('=')}", id="no padding, much space"),
    ],
)
def test_what_asks_nothing_of_us_does_not_matter(value: str) -> None:
    assert SecurityDescription.parse(value).key == bytes(range(30))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(f"1 AES_CM_256_FOO inline:{KEY}", id="unknown suite"),
        pytest.param(f"1 {CM80} inline:{KEY} UNENCRYPTED_SRTP", id="a condition (§6.3.2)"),
        pytest.param(f"1 {CM80} inline:{KEY}|2^20|1:4;inline:{KEY}|2^20|2:4", id="two keys"),
        pytest.param(f"1 {CM80} inline:{KEY}|1:4|2^20", id="an MKI before the lifetime"),
        pytest.param(f"1 {CM80} inline:{KEY}|2^20|1:4|1:4", id="two MKI"),
        pytest.param(f"1 {CM80} inline:{KEY}|2^20|1:0", id="an MKI of no octets"),
        pytest.param(f"1 {CM80} inline:{KEY}|2^20|1:129", id="an MKI too long"),
        pytest.param(f"1 {CM80} inline:{KEY}|2^20|256:1", id="an MKI that does not fit"),
        pytest.param(f"1 {CM80} inline:{KEY}|2^20|x:1", id="an MKI that is no number"),
        pytest.param(f"1 {CM80} inline:{KEY}|2^20|{'9' * 5000}:128", id="an MKI without end"),
        pytest.param(f"1 {CM80} inline:{KEY}|soon", id="a lifetime that is no number"),
        pytest.param(f"1 {CM80} inline:{KEY[:-8]}", id="a key too short"),
        pytest.param(f"1 {CM80} inline:{KEY}AAAA", id="a key too long"),
        pytest.param(f"1 {CM80} inline:!!!", id="no base64"),
        pytest.param(f"1 {CM80} inline:{KEY} FEC_KEY=inline:{KEY}", id="another key (§6.3.6)"),
        pytest.param(f"1 {CM80} inline:{KEY} {KEY}", id="a key as a parameter"),
        pytest.param(f"1 {KEY} {CM80}", id="a key in place of the suite"),
        pytest.param(f"1 {CM80} {KEY}", id="a key without its method"),
        pytest.param(f"1 {CM80} inline:{KEY}|{KEY}", id="a key in place of the lifetime"),
        pytest.param(f"1 {CM80} inline:{KEY}|2^20|{KEY}:4", id="a key in place of the MKI"),
        pytest.param(f"1 {CM80} uri:https://192.0.2.1/", id="another method"),
        pytest.param(f"x {CM80} inline:{KEY}", id="no tag"),
        pytest.param(f"1 {CM80}", id="no key"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_cannot_be_honoured_is_refused_without_telling_a_key(value: str) -> None:
    with pytest.raises(NotAcceptable) as refusal:
        SecurityDescription.parse(value)
    assert KEY[:8] not in str(refusal.value)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(value: str) -> None:
    for text in (value, f"1 {CM80} inline:{value}"):
        with suppress(NotAcceptable):
            SecurityDescription.parse(text)


def test_the_key_is_never_shown() -> None:
    read = SecurityDescription.parse(f"1 {CM80} inline:{KEY}")
    assert repr(bytes(range(5)))[2:-1] not in repr(read)


@pytest.mark.parametrize("tag_bits", [80, 32])
def test_aes_256_is_known_by_its_old_spelling_too_and_answered_in_it(tag_bits: int) -> None:
    """RFC 6188 §4.2; phones with a draft of it (Linphone, Snom) write AES_CM_256."""
    key = base64.b64encode(bytes(range(46))).decode()
    value = f"2 AES_CM_256_HMAC_SHA1_{tag_bits} inline:{key}"
    read = SecurityDescription.parse(value)
    assert read.suite is SrtpSuite[f"AES_256_CM_HMAC_SHA1_{tag_bits}"]
    assert read.attribute().value == value
