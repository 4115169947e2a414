"""Whether a call is encrypted, as both ends' descriptions have it (RFC 4568 §5.1)."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from media.errors import NotAcceptable
from media.sdp.negotiation import (
    AgreedStream,
    Capabilities,
    Encryption,
    answer_offer,
    make_offer,
    read_answer,
)
from media.sdp.session_description import Origin, SessionDescription
from media.security.srtp_suite import OFFERED, SrtpSuite

ORIGIN = Origin(1, 1, "198.51.100.1")
HEAD = "v=0\r\no=- 9 9 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
OURS = {suite: bytes([number]) * suite.key_octets for number, suite in enumerate(SrtpSuite, 1)}
THEIRS = {suite: bytes([number]) * suite.key_octets for number, suite in enumerate(SrtpSuite, 65)}
CM80 = SrtpSuite.AES_CM_128_HMAC_SHA1_80
CM32 = SrtpSuite.AES_CM_128_HMAC_SHA1_32
GCM = SrtpSuite.AEAD_AES_256_GCM
PLAIN = ("m=audio 4000 RTP/AVP 0",)


def crypto(tag: int, suite: SrtpSuite) -> str:
    return f"a=crypto:{tag} {suite.value} inline:{base64.b64encode(THEIRS[suite]).decode()}"


def secured(protocol: str = "RTP/SAVP", suite: SrtpSuite = CM80) -> tuple[str, ...]:
    return (f"m=audio 4000 {protocol} 0", crypto(3, suite))


def can(encryption: Encryption) -> Capabilities:
    return Capabilities(encryption=encryption, keys=OURS)


def answered(encryption: Encryption, *lines: str) -> tuple[AgreedStream, SessionDescription]:
    body = (HEAD + "".join(f"{line}\r\n" for line in lines)).encode()
    answer = answer_offer(body, can(encryption), "198.51.100.1", 5000, origin=ORIGIN)
    return answer.stream, SessionDescription.parse(answer.body)


@pytest.mark.parametrize("encryption", [Encryption.BEST_EFFORT, Encryption.MANDATORY])
@pytest.mark.parametrize("protocol", ["RTP/SAVP", "RTP/AVP"])
def test_an_offer_with_a_key_is_answered_with_ours_of_that_suite_and_tag(
    encryption: Encryption, protocol: str
) -> None:
    stream, answer = answered(encryption, *secured(protocol))
    assert stream.srtp is not None
    assert (stream.srtp.suite, stream.srtp.local, stream.srtp.remote) == (
        CM80,
        OURS[CM80],
        THEIRS[CM80],
    )
    key = base64.b64encode(OURS[CM80]).decode()
    assert answer.media[0].protocol == protocol
    assert list(answer.media[0].values("crypto")) == [f"3 {CM80.value} inline:{key}"]


@pytest.mark.parametrize("encryption", [Encryption.BEST_EFFORT, Encryption.MANDATORY])
def test_a_key_with_a_name_in_its_packets_is_answered_with_one_of_that_name(
    encryption: Encryption,
) -> None:
    """MKI (RFC 4568 §6.1), as of Lync. It is kept in later offers of ours, whatever comes back."""
    line, key = secured()
    stream, answer = answered(encryption, line, f"{key}|2^31|7:2")
    assert stream.srtp is not None
    assert (stream.srtp.local_mki, stream.srtp.remote_mki) == (b"\0\7", b"\0\7")
    (own,) = answer.media[0].values("crypto")
    assert own.endswith("|7:2")
    later = make_offer(replace(can(encryption), in_use=stream), "h", 5000, origin=ORIGIN)
    keys = list(SessionDescription.parse(later).media[0].values("crypto"))
    assert all(key.endswith("|7:2") for key in keys)
    tag = OFFERED.index(CM80) + 1
    protocol = SessionDescription.parse(later).media[0].protocol
    body = f"{HEAD}m=audio 4000 {protocol} 0\r\n{crypto(tag, CM80)}\r\n".encode()
    again = read_answer(later, body)
    assert again.srtp is not None
    assert (again.srtp.local_mki, again.srtp.remote_mki) == (b"\0\7", b"")


def test_an_offer_whose_keys_cannot_be_used_is_refused_with_what_is_wrong_with_each() -> None:
    line, key = secured()
    keys = (f"{key}|2^10", f"{key} FEC_KEY=x", f"{key} FEC_KEY=x")
    for protocol in ("RTP/SAVP", "RTP/AVP"):
        with pytest.raises(NotAcceptable) as refusal:
            answered(Encryption.MANDATORY, line.replace("RTP/SAVP", protocol), *keys)
        assert str(refusal.value).count("FEC_KEY is not done here") == 1
        assert "good for 1024 packets; below 16384 it serves no call" in str(refusal.value)


def test_the_lifetime_of_the_peer_s_key_is_kept_and_ours_has_none() -> None:
    line, key = secured()
    stream, answer = answered(Encryption.MANDATORY, line, f"{key}|2^16")
    assert stream.srtp is not None
    assert stream.srtp.remote_lifetime == 2**16
    assert b"|" not in bytes(answer)
    tag = OFFERED.index(CM80) + 1
    body = ("m=audio 4000 RTP/SAVP 0", f"{crypto(tag, CM80)}|2^20")
    again = answer_to(Encryption.MANDATORY, *body)
    assert again.srtp is not None
    assert again.srtp.remote_lifetime == 2**20


def test_an_answer_may_name_its_key_in_packets() -> None:
    tag = OFFERED.index(CM80) + 1
    key = f"{crypto(tag, CM80)}|2^31|1:1"
    stream = answer_to(Encryption.BEST_EFFORT, "m=audio 4000 RTP/AVP 0", key)
    assert stream.srtp is not None
    assert (stream.srtp.local_mki, stream.srtp.remote_mki) == (b"", b"\1")


def test_of_several_suites_ours_is_the_choice() -> None:
    stream, answer = answered(
        Encryption.BEST_EFFORT, "m=audio 4000 RTP/SAVP 0", crypto(1, CM32), crypto(2, GCM)
    )
    assert stream.srtp is not None
    assert stream.srtp.suite is GCM
    assert next(iter(answer.media[0].values("crypto"))).startswith("2 ")


@pytest.mark.parametrize(
    ("encryption", "lines", "is_encrypted"),
    [
        pytest.param(Encryption.NONE, PLAIN, False, id="none, plain"),
        pytest.param(Encryption.NONE, secured("RTP/AVP"), False, id="none, a key for who likes"),
        pytest.param(Encryption.NONE, secured(), None, id="none, secure only"),
        pytest.param(Encryption.BEST_EFFORT, PLAIN, False, id="best effort, plain"),
        pytest.param(Encryption.BEST_EFFORT, secured(), True, id="best effort, secure"),
        pytest.param(Encryption.BEST_EFFORT, PLAIN + secured(), True, id="best effort, both"),
        pytest.param(
            Encryption.BEST_EFFORT, ("m=audio 4000 RTP/SAVP 0",), None, id="secure without a key"
        ),
        pytest.param(Encryption.MANDATORY, PLAIN, None, id="mandatory, plain"),
        pytest.param(Encryption.MANDATORY, PLAIN + secured(), True, id="mandatory, both"),
        pytest.param(
            Encryption.MANDATORY,
            ("m=audio 4000 RTP/AVP 0", "a=crypto:1 FOO inline:AAAA"),
            None,
            id="mandatory, a key of an unknown suite",
        ),
    ],
)
def test_what_becomes_of_an_offer(
    encryption: Encryption, lines: tuple[str, ...], is_encrypted: bool | None
) -> None:
    """None: it is refused."""
    if is_encrypted is None:
        with pytest.raises(NotAcceptable):
            answered(encryption, *lines)
        return
    stream, answer = answered(encryption, *lines)
    assert (stream.srtp is not None) is is_encrypted
    keys = [key for line in answer.media if line.port for key in line.values("crypto")]
    assert bool(keys) is is_encrypted


def offered(encryption: Encryption) -> bytes:
    return make_offer(can(encryption), "198.51.100.1", 5000, origin=ORIGIN)


@pytest.mark.parametrize(
    ("encryption", "protocol", "keys"),
    [
        (Encryption.NONE, "RTP/AVP", 0),
        (Encryption.BEST_EFFORT, "RTP/AVP", len(OFFERED)),
        (Encryption.MANDATORY, "RTP/SAVP", len(OFFERED)),
    ],
)
def test_our_offer_says_how_much_we_want_it(
    encryption: Encryption, protocol: str, keys: int
) -> None:
    line = SessionDescription.parse(offered(encryption)).media[0]
    assert (line.protocol, len(list(line.values("crypto")))) == (protocol, keys)


def answer_to(encryption: Encryption, *lines: str) -> AgreedStream:
    body = (HEAD + "".join(f"{line}\r\n" for line in lines)).encode()
    return read_answer(offered(encryption), body)


def test_the_answer_s_key_belongs_to_what_the_peer_sends() -> None:
    tag = OFFERED.index(CM80) + 1
    stream = answer_to(Encryption.MANDATORY, "m=audio 4000 RTP/SAVP 0", crypto(tag, CM80))
    assert stream.srtp is not None
    assert (stream.srtp.local, stream.srtp.remote) == (OURS[CM80], THEIRS[CM80])


def test_best_effort_that_meets_nobody_is_plain() -> None:
    assert answer_to(Encryption.BEST_EFFORT, *PLAIN).srtp is None


@pytest.mark.parametrize(
    ("attribute", "why"),
    [
        pytest.param(f"{crypto(3, CM80)} UNENCRYPTED_SRTCP", "UNENCRYPTED_SRTCP", id="condition"),
        pytest.param("a=crypto:1 FOO inline:AAAA", "FOO", id="an unknown suite"),
        pytest.param("a=crypto:nonsense", "tag, suite and key", id="nonsense"),
        pytest.param(crypto(99, CM80), f"99 {CM80.value}, which was not offered", id="a tag"),
        pytest.param(crypto(1, CM80), f"1 {CM80.value}, which was not offered", id="a suite"),
    ],
)
def test_an_answer_that_is_encrypted_in_a_way_of_its_own_is_not_taken_for_plain(
    attribute: str, why: str
) -> None:
    """It takes what best effort offers: its sound comes encrypted, and would be noise."""
    with pytest.raises(NotAcceptable, match=why):
        answer_to(Encryption.BEST_EFFORT, *PLAIN, attribute)


@pytest.mark.parametrize("protocol", ["RTP/SAVP", "RTP/SAVPF"])
def test_best_effort_may_be_answered_by_a_line_that_insists(protocol: str) -> None:
    """Some phones that take the keys of RTP/AVP say so by the profile too."""
    tag = OFFERED.index(CM80) + 1
    lines = (f"m=audio 4000 {protocol} 0", crypto(tag, CM80))
    stream = answer_to(Encryption.BEST_EFFORT, *lines)
    assert stream.srtp is not None
    assert (stream.srtp.local, stream.srtp.remote) == (OURS[CM80], THEIRS[CM80])
    for encryption, body in (
        (Encryption.NONE, lines),
        (Encryption.BEST_EFFORT, lines[:1]),
        (Encryption.BEST_EFFORT, (f"m=audio 4000 UDP/TLS/{protocol} 0", lines[1])),
    ):
        with pytest.raises(NotAcceptable, match=protocol):
            answer_to(encryption, *body)


def test_a_key_in_an_answer_to_a_plain_offer_means_nothing() -> None:
    assert answer_to(Encryption.NONE, *secured("RTP/AVP")).srtp is None


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(PLAIN, id="plain instead"),
        pytest.param(("m=audio 4000 RTP/SAVP 0",), id="no key"),
        pytest.param(
            ("m=audio 4000 RTP/SAVP 0", crypto(1, CM80)), id="a suite that has another tag"
        ),
        pytest.param(("m=audio 4000 RTP/SAVP 0", crypto(99, CM80)), id="a tag of nothing"),
        pytest.param(("m=audio 4000 RTP/AVP 0", crypto(3, CM80)), id="a key, but not secure"),
    ],
)
def test_mandatory_encryption_cannot_be_talked_down(lines: tuple[str, ...]) -> None:
    """Whatever stands between us and the peer changes in the answer."""
    with pytest.raises(NotAcceptable):
        answer_to(Encryption.MANDATORY, *lines)
