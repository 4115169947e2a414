"""AES-256 in counter mode, which the binding of libsrtp knows nothing of, by RFC 6188."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from media.errors import MisuseError
from media.rtp.packet import plain_packet
from media.security.libsrtp import INBOUND, LONGEST_PACKET, LONGEST_WALK, OUTBOUND, Session, walked
from media.security.srtp_suite import SrtpSuite

MASTER_KEY = bytes.fromhex("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6")
MASTER_SALT = bytes.fromhex("3b04803de51ee7c96423ab5b78d2")
# What RFC 6188 §7.2 derives from these two:
CIPHER_KEY = bytes.fromhex("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4")
CIPHER_SALT = bytes.fromhex("fa31791685ca444a9e07c6c64e93")
AUTHENTICATION_KEY = bytes.fromhex("fd9c32d39ed5fbb5a9dc96b30818454d1313dc05")

PACKET = bytes.fromhex("800f1234decafbadcafebabe") + b"\xab" * 16


@pytest.mark.parametrize(
    ("suite", "tag_octets"),
    [(SrtpSuite.AES_256_CM_HMAC_SHA1_80, 10), (SrtpSuite.AES_256_CM_HMAC_SHA1_32, 4)],
)
def test_a_packet_is_what_the_keys_of_the_rfc_make_of_it(suite: SrtpSuite, tag_octets: int) -> None:
    """RFC 3711 §4.1.1 and §4.2, done here once more with another library."""
    ssrc, sequence = 0xCAFEBABE, 0x1234
    start = int.from_bytes(CIPHER_SALT) << 16 ^ ssrc << 64 ^ sequence << 16
    cipher = Cipher(algorithms.AES256(CIPHER_KEY), modes.CTR(start.to_bytes(16))).encryptor()
    encrypted = PACKET[:12] + cipher.update(PACKET[12:])
    tag = hmac.new(AUTHENTICATION_KEY, encrypted + bytes(4), hashlib.sha1).digest()
    made = Session(suite, MASTER_KEY + MASTER_SALT, OUTBOUND).protect(PACKET)
    assert made == encrypted + tag[:tag_octets]


@pytest.mark.parametrize("suite", SrtpSuite)
def test_a_session_that_was_walked_opens_what_comes_next(suite: SrtpSuite) -> None:
    key = bytes(range(suite.key_octets))
    sender = Session(suite, key, OUTBOUND)
    last = 3 * 65536 + 17
    for index in (*range(0, last, 0x6000), last):
        protected = sender.protect(numbered(index))
    receiver = walked(suite, key, ssrc=5, index=last - 1)
    assert receiver.open(protected) == numbered(last)


def test_a_walk_has_an_end() -> None:
    suite = SrtpSuite.AEAD_AES_128_GCM
    with pytest.raises(MisuseError, match="65 roll-overs are more than 64"):
        walked(suite, bytes(suite.key_octets), ssrc=5, index=(LONGEST_WALK + 1) << 16)


@pytest.mark.parametrize("suite", SrtpSuite)
def test_a_key_of_another_length_is_a_mistake_of_ours(suite: SrtpSuite) -> None:
    with pytest.raises(MisuseError, match=f"{suite.value}: a key of 29 octets"):
        Session(suite, bytes(29), INBOUND)


@pytest.mark.parametrize("suite", SrtpSuite)
def test_packets_of_any_length_follow_one_another(suite: SrtpSuite) -> None:
    """They are worked on in the same memory, and what was taken out of it stays as it is."""
    key = bytes(suite.key_octets)
    sender, receiver = Session(suite, key, OUTBOUND), Session(suite, key, INBOUND)
    payloads = [bytes([number]) * size for number, size in enumerate((0, 1400, 3, 160, 0, 1))]
    packets = [plain_packet(0, n, 0, 5, each, marker=False) for n, each in enumerate(payloads)]
    protected = [sender.protect(packet) for packet in packets]
    opened = [receiver.open(packet) for packet in protected]
    assert opened == packets
    assert [receiver.open(packet) for packet in protected] == [None] * len(packets)


def test_the_longest_packet_is_protected_and_a_longer_one_is_a_mistake_of_ours() -> None:
    suite = SrtpSuite.AEAD_AES_256_GCM
    key = bytes(suite.key_octets)
    sender, receiver = Session(suite, key, OUTBOUND), Session(suite, key, INBOUND)
    longest = numbered(1) + bytes(LONGEST_PACKET - len(numbered(1)))
    assert len(sender.protect(longest)) > LONGEST_PACKET
    for protect in (sender.protect, sender.protect_control):
        with pytest.raises(MisuseError, match="of 1501 octets is longer than 1500"):
            protect(longest + b"x")
    assert receiver.open(bytes(LONGEST_PACKET + 1)) is None
    assert receiver.open_control(bytes(LONGEST_PACKET + 1)) is None


def test_a_number_that_was_protected_before_is_refused() -> None:
    """RFC 3711 §9.1."""
    suite = SrtpSuite.AES_CM_128_HMAC_SHA1_80
    sender = Session(suite, bytes(suite.key_octets), OUTBOUND)
    sender.protect(numbered(7))
    with pytest.raises(MisuseError, match="cannot be protected: replay check failed"):
        sender.protect(numbered(7))


def numbered(index: int) -> bytes:
    return plain_packet(0, index & 0xFFFF, 0, 5, b"sound", marker=False)
