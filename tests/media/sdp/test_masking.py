"""Nothing secret of a description is shown, however it is written."""

import pytest

from media.sdp.masking import LONGEST_SHOWN, masked

KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"


@pytest.mark.parametrize(
    "line",
    [
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}",
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4;inline:{KEY}|2^20|2:4",
        f"a=Crypto: 2  AES_256_CM_HMAC_SHA1_80  INLINE:{KEY} UNENCRYPTED_SRTP",
        f"  a=crypto:1 X inline:{KEY}",
        f"a=crypto:{KEY}",
        f"a=crypto:1 inline:{KEY}",
        f"a=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}",
        f"k=base64:{KEY}",
        f"a=key-mgmt:mikey {KEY}",
        f"a=ice-pwd:{KEY}",
        f"a =ice-pwd:{KEY}",
        f"a = crypto:1 AES_CM_128_HMAC_SHA1_80 inline: {KEY}",
        f"k =clear:{KEY}",
    ],
)
def test_keys_and_passwords_are_masked(line: str) -> None:
    shown = masked(f"v=0\r\n{line}\r\na=sendrecv\r\n".encode())
    assert KEY not in shown
    assert "***" in shown
    assert shown.startswith("v=0\n")
    assert shown.endswith("\na=sendrecv")


def test_what_is_no_secret_stays() -> None:
    text = "v=0\nm=audio 4000 RTP/AVP 0\na=fingerprint:sha-256 AB:CD\na=rtpmap:0 PCMU/8000"
    assert masked(text.encode()) == text
    assert "AES_CM_128_HMAC_SHA1_80" in masked(
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}".encode()
    )


def test_what_would_disturb_a_terminal_is_escaped_and_what_is_endless_is_cut() -> None:
    assert masked(b"s=\x1b[2J\x07") == r"s=\x1b[2J\x07"
    assert len(masked(b"a=x\n" * 10_000)) < LONGEST_SHOWN + 10
    lines = "\n".join(["a=x"] * (LONGEST_SHOWN // 4))
    assert masked(f"{lines}xy".encode()) == f"{lines}x\n…"
    assert masked(f"{lines}x\n".encode()) == f"{lines}x"
