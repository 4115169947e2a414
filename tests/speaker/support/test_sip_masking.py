"""What is recorded of SIP tells no secrets, and stays as long as it was."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker.support.sip_masking import masked_sip

SECRETS = [
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET|2^20|1:4 FEC_KEY=SECRET",
    b"a=crypto:SECRET",
    b"A = Crypto : 1 AES_CM_128_HMAC_SHA1_80 inline:SECRET",
    b"k=clear:SECRET",
    b"a=key-mgmt:mikey SECRET",
    b"a=ice-pwd:SECRET",
    b'Authorization: Digest username="joe", realm="pbx", nonce="abc", response="SECRET"',
    b'Authorization: Digest username="joe",\r\n response="SECRET", realm="pbx"',
    b"Proxy-Authorization : Digest response=SECRET",
    b"PROXY-AUTHORIZATION: Basic SECRET",
    b"Authorization: SECRET",
    b"Authorization: Bearer\r\n SECRET",
    b'Authentication-Info: rspauth="SECRET", qop=auth',
    b"Contact: <sip:joe:SECRET@192.0.2.1>",
    b"INVITE sips:joe:SECRET@example.com SIP/2.0",
    b"Signal=SECRET",
    b"Signal = SECRET",
    b"X-Key: inline:SECRET",
    b"Content-Type: application/dtmf\r\nContent-Length: 6\r\n\r\nSECRET",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_a_secret_is_masked_and_nothing_moves(secret: bytes, line_end: bytes) -> None:
    before = b"INVITE sip:a@b SIP/2.0\r\nTo: <sip:a@b>\r\n"
    message = (before + secret + b"\r\nFrom: x\r\n\r\n").replace(b"\r\n", line_end)
    masked = masked_sip(message)
    assert b"SECRET" not in masked
    assert len(masked) == len(message)
    assert masked.startswith(before.replace(b"\r\n", line_end))
    assert masked.count(b"\n") == message.count(b"\n")


def test_what_says_what_went_wrong_stays() -> None:
    message = (
        b"REGISTER sip:pbx SIP/2.0\r\n"
        b'Authorization: Digest username="joe", realm="pbx", nonce="abc", response="0123"\r\n'
        b'WWW-Authenticate: Digest realm="pbx", nonce="def"\r\n'
        b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\n"
        b"a=fingerprint:sha-256 AB:CD\r\n"
        b"Contact: <sip:joe@192.0.2.1:5060;transport=tcp>\r\n\r\n"
    )
    assert masked_sip(message) == message.replace(b"0123", b"****").replace(
        b" inline:abc", b" **********"
    )


@given(st.binary(max_size=300))
def test_anything_keeps_its_length(message: bytes) -> None:
    assert len(masked_sip(message)) == len(message)


@pytest.mark.parametrize(
    "piece",
    [
        b"sip:",
        b"sip:a:",
        b"\r\n ",
        b"a=crypto:1 ",
        b"Authorization:\r\n ",
        b"inline:",
        b"response=",
    ],
)
def test_no_message_takes_long(piece: bytes) -> None:
    hostile = b"Authorization: " + piece * (65_000 // len(piece))
    began = time.process_time()
    masked_sip(hostile)
    assert time.process_time() - began < 1.0
