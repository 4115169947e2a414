"""Master key identifiers: where RFC 3711 §3.1 and RFC 7714 §8.2 have them in packets."""

from __future__ import annotations

import pytest

from media.security.srtp import SrtpContext, SrtpKeys, SrtpSuite
from tests.media.security.srtp_ends import key, numbered

CM80, CM32 = SrtpSuite.AES_CM_128_HMAC_SHA1_80, SrtpSuite.AES_CM_128_HMAC_SHA1_32
REPORT = bytes.fromhex("80c9000100000005")
TAGS = {
    SrtpSuite.AEAD_AES_256_GCM: (0, 0),
    SrtpSuite.AEAD_AES_128_GCM: (0, 0),
    SrtpSuite.AES_256_CM_HMAC_SHA1_80: (10, 10),
    SrtpSuite.AES_CM_128_HMAC_SHA1_80: (10, 10),
    SrtpSuite.AES_256_CM_HMAC_SHA1_32: (4, 10),
    SrtpSuite.AES_CM_128_HMAC_SHA1_32: (4, 10),
}
"""Octets of the tag behind the MKI, of SRTP and of SRTCP (RFC 4568 §6.2.2, RFC 6188 §4)."""


def ours(suite: SrtpSuite, local_mki: bytes, remote_mki: bytes, *, first: int = 1) -> SrtpKeys:
    return SrtpKeys(suite, key(suite, first), key(suite, first + 100), local_mki, remote_mki)


def theirs(keys: SrtpKeys) -> SrtpKeys:
    return SrtpKeys(keys.suite, keys.remote, keys.local, keys.remote_mki, keys.local_mki)


def plain(keys: SrtpKeys) -> SrtpKeys:
    return SrtpKeys(keys.suite, keys.local, keys.remote)


@pytest.mark.parametrize("suite", SrtpSuite)
@pytest.mark.parametrize("mki", [b"\1", b"\0\0\0\7", bytes(range(128))], ids=len)
def test_the_identifier_stands_before_the_tag_and_nothing_else_differs(
    suite: SrtpSuite, mki: bytes
) -> None:
    keys = ours(suite, mki, b"")
    marked, bare = SrtpContext(keys), SrtpContext(plain(keys))
    for protected, without, tag in (
        (marked.protect(numbered(1)), bare.protect(numbered(1)), TAGS[suite][0]),
        (marked.protect_control(REPORT), bare.protect_control(REPORT), TAGS[suite][1]),
    ):
        tag_at = len(without) - tag
        assert protected == without[:tag_at] + mki + without[tag_at:]


@pytest.mark.parametrize("suite", SrtpSuite)
def test_each_side_may_name_its_key_as_it_likes(suite: SrtpSuite) -> None:
    keys = ours(suite, b"\1", b"\0\0\2")
    one, other = SrtpContext(keys), SrtpContext(theirs(keys))
    for sender, receiver in ((one, other), (other, one)):
        for number in range(65_530, 65_560):
            assert receiver.open(sender.protect(numbered(number))) == numbered(number)
        report = sender.protect_control(REPORT)
        assert receiver.open_control(report) == REPORT
        assert receiver.open_control(report) is None  # a copy


@pytest.mark.parametrize("suite", SrtpSuite)
def test_another_name_or_none_and_a_changed_bit_are_noticed(suite: SrtpSuite) -> None:
    keys = ours(suite, b"\1\2", b"\1\2")
    one, other = SrtpContext(keys), SrtpContext(theirs(keys))
    protected, bare = other.protect(numbered(1)), SrtpContext(plain(theirs(keys)))
    for place in range(len(protected)):
        changed = bytearray(protected)
        changed[place] ^= 1
        assert one.open(bytes(changed)) is None
    for length in range(len(protected)):
        assert one.open(protected[:length]) is None
    assert one.open(bare.protect(numbered(2))) is None
    assert one.open_control(bare.protect_control(REPORT)) is None
    assert one.open(protected) == numbered(1)


def test_keys_change_together_with_their_names_without_a_gap() -> None:
    """Neither side knows exactly when the other changes, and roll-overs go on."""
    old, new = ours(CM80, b"\1", b"\1"), ours(CM80, b"\0\2", b"\0\2", first=50)
    one, other = SrtpContext(old), SrtpContext(theirs(old))
    for number in range(65_530, 65_540):
        assert one.open(other.protect(numbered(number))) is not None
    one.update(new)
    for number in range(65_540, 65_550):
        assert one.open(other.protect(numbered(number))) is not None
        assert other.open(one.protect(numbered(number))) is not None
    other.update(theirs(new))
    for number in range(65_550, 65_600):
        assert one.open(other.protect(numbered(number))) is not None
        assert other.open(one.protect(numbered(number))) is not None


def test_a_key_that_is_renamed_goes_on_where_it_was() -> None:
    """It is the same key: no number is protected twice, and no copy is let in (RFC 3711 §9.1)."""
    keys = ours(CM32, b"\1", b"\1")
    one, other = SrtpContext(keys), SrtpContext(theirs(keys))
    copies = [other.protect(numbered(number)) for number in range(65_530, 65_540)]
    assert None not in [one.open(copy) for copy in copies]
    renamed = SrtpKeys(CM32, keys.local, keys.remote, b"\3", b"\2")
    one.update(renamed)
    other.update(theirs(renamed))
    for copy in copies:
        assert one.open(copy[:-5] + b"\2" + copy[-4:]) is None
    for number in range(65_540, 65_550):
        assert one.open(other.protect(numbered(number))) == numbered(number)
        assert other.open(one.protect(numbered(number))) == numbered(number)
