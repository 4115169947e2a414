"""The bench's encrypted calls: keys in the session description, and what counts as the device's."""

import base64
import socket

import pytest

from tools.bench.device import Address
from tools.bench.errors import Unreadable
from tools.bench.leg import Leg
from tools.bench.rtp_packet import RtpPacket, write_rtp
from tools.bench.sip_text import offer
from tools.bench.srtp import KEY_OCTETS, SUITE, Srtp

PACKET = write_rtp(7, 1120, 0xDEADBEEF, b"the sound itself", marker=False)
HERE = Address("127.0.0.1", 4000)


def answer(key: bytes, suite: str = SUITE) -> str:
    return f"m=audio 4000 RTP/SAVP 0\r\na=crypto:1 {suite} inline:{base64.b64encode(key).decode()}"


def two_ends() -> tuple[Srtp, Srtp]:
    """Each with the other's key, by way of the descriptions."""
    caller, device = Srtp(), Srtp()
    caller.take_answer(offer(HERE, crypto=device.attribute))
    device.take_answer(offer(HERE, crypto=caller.attribute))
    return caller, device


def test_an_offer_with_a_key_is_for_nothing_but_encrypted_sound() -> None:
    """RFC 4568 §6: `a=crypto` with the profile RTP/SAVP."""
    text = offer(HERE, crypto=Srtp().attribute)
    assert "m=audio 4000 RTP/SAVP 0\r\n" in text
    assert f"\r\na=crypto:1 {SUITE} inline:" in text
    assert "m=audio 4000 RTP/AVP 0\r\n" in offer(HERE)
    assert "crypto" not in offer(HERE)


def test_what_one_end_encrypts_only_the_other_can_read() -> None:
    caller, device = two_ends()
    sealed = caller.protect(PACKET)
    assert len(sealed) == len(PACKET) + 10
    assert b"sound" not in sealed
    assert device.read(sealed) == RtpPacket(0, 7, 1120, b"the sound itself")
    stranger, _ = two_ends()
    assert stranger.read(sealed) is None


@pytest.mark.parametrize("at", [0, 3, 20, -1])
def test_a_packet_that_was_touched_is_not_the_devices(at: int) -> None:
    """RFC 3711 §3.3: the tag covers header and payload."""
    caller, device = two_ends()
    sealed = bytearray(caller.protect(PACKET))
    sealed[at] ^= 1
    assert device.read(bytes(sealed)) is None


def test_plain_and_repeated_packets_do_not_count() -> None:
    caller, device = two_ends()
    sealed = caller.protect(PACKET)
    assert device.read(PACKET) is None
    assert device.read(sealed) is not None
    assert device.read(sealed) is None


def test_nothing_can_be_read_before_the_answer() -> None:
    caller, _ = two_ends()
    assert Srtp().read(caller.protect(PACKET)) is None


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ("m=audio 4000 RTP/AVP 0\r\n", "no key"),
        (answer(bytes(KEY_OCTETS), "AES_CM_128_HMAC_SHA1_32"), "no key"),
        (answer(bytes(KEY_OCTETS - 1)), "29 octets"),
        (f"a=crypto:1 {SUITE} inline:====", "base64"),
    ],
)
def test_an_answer_without_a_key_of_ours_is_told(description: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        Srtp().take_answer(description)


def test_a_leg_counts_only_what_proves_to_be_the_devices() -> None:
    """The good packet comes last, so that the others were there before it."""
    caller, device = two_ends()
    stranger, _ = two_ends()
    leg = Leg([bytes(160)], srtp=caller, keep=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for packet in (PACKET, stranger.protect(PACKET), device.protect(PACKET)):
            sender.sendto(packet, ("127.0.0.1", leg.port))
        while not leg.received:
            leg.collect()
    leg.close()
    assert [arrival.packet.payload for arrival in leg.arrivals] == [b"the sound itself"]
