"""Keys by DTLS, as both ends' descriptions have it (RFC 5763 §5, RFC 8122, RFC 8643)."""

from __future__ import annotations

import base64

import pytest

from media.errors import NotAcceptable
from media.sdp.agreement import KeyExchange
from media.sdp.negotiation import (
    AgreedStream,
    Capabilities,
    Encryption,
    answer_offer,
    make_offer,
    read_answer,
)
from media.sdp.session_description import Origin, SessionDescription
from media.security.dtls_setup import DtlsTerms, Setup
from media.security.fingerprint import Fingerprint
from media.security.srtp_suite import OFFERED, SrtpSuite
from tests.media.security.dtls_peers import SERVER_IDENTITY as OUR_IDENTITY
from tests.media.security.dtls_peers import STRANGER_IDENTITY as THEIR_IDENTITY
from tests.media.streams import agreed

ORIGIN = Origin(1, 1, "198.51.100.1")
HEAD = "v=0\r\no=- 9 9 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
KEYS = {suite: bytes([number]) * suite.key_octets for number, suite in enumerate(SrtpSuite, 1)}
PRINT = f"a=fingerprint:{THEIR_IDENTITY.fingerprint}"
WEAK_PRINT = "a=fingerprint:sha-1 " + ":".join(["AB"] * 20)
CRYPTO = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{base64.b64encode(bytes(30)).decode()}"
UNKNOWN_CRYPTO = "a=crypto:1 F8_128_HMAC_SHA1_80 inline:AAAA"
ACTPASS = "a=setup:actpass"
DTLS, SECURE, PLAIN = "UDP/TLS/RTP/SAVP", "RTP/SAVP", "RTP/AVP"
BEST, MUST, NONE = Encryption.BEST_EFFORT, Encryption.MANDATORY, Encryption.NONE


def can(
    encryption: Encryption,
    exchange: KeyExchange = KeyExchange.DTLS,
    current: DtlsTerms | None = None,
) -> Capabilities:
    return Capabilities(
        encryption=encryption,
        keys=KEYS,
        key_exchange=exchange,
        identity=OUR_IDENTITY,
        in_use=None if current is None else agreed(dtls=current),
    )


def body(protocol: str, *attributes: str, session: str = "") -> bytes:
    lines = [session, f"m=audio 4000 {protocol} 0", *attributes]
    return (HEAD + "".join(f"{line}\r\n" for line in lines if line)).encode()


def answered(
    encryption: Encryption, offer: bytes, current: DtlsTerms | None = None
) -> tuple[AgreedStream, SessionDescription]:
    capabilities = can(encryption, current=current)
    answer = answer_offer(offer, capabilities, "198.51.100.1", 5000, origin=ORIGIN)
    return answer.stream, SessionDescription.parse(answer.body)


@pytest.mark.parametrize("encryption", [BEST, MUST])
@pytest.mark.parametrize(
    "protocol", [DTLS, SECURE, PLAIN, "UDP/TLS/RTP/SAVPF", "RTP/SAVPF", "RTP/AVPF"]
)
def test_an_offer_with_a_fingerprint_is_answered_with_ours(
    encryption: Encryption, protocol: str
) -> None:
    stream, answer = answered(encryption, body(protocol, PRINT, ACTPASS, CRYPTO))
    assert stream.dtls == DtlsTerms(Setup.ACTIVE, frozenset([THEIR_IDENTITY.fingerprint]))
    assert stream.srtp is None
    (line,) = answer.media
    assert line.protocol == protocol
    assert line.value("fingerprint") == str(OUR_IDENTITY.fingerprint)
    assert line.value("setup") == "active"
    assert line.value("crypto") is None  # one way to keys is chosen (RFC 8643 §3)


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ("actpass", Setup.ACTIVE),
        ("active", Setup.PASSIVE),
        ("passive", Setup.ACTIVE),
        ("", Setup.PASSIVE),  # RFC 4145 §4
    ],
)
def test_our_role_fits_to_what_the_offer_says(said: str, ours: Setup) -> None:
    stream, answer = answered(MUST, body(DTLS, PRINT, f"a=setup:{said}" if said else ""))
    assert stream.dtls is not None
    assert stream.dtls.setup is ours
    assert answer.media[0].value("setup") == ours.value


def test_what_stands_in_the_session_counts_for_its_line() -> None:
    stream, _ = answered(MUST, body(DTLS, session=f"{PRINT}\r\n{ACTPASS}"))
    assert stream.dtls is not None
    assert stream.dtls.peer == {THEIR_IDENTITY.fingerprint}


def test_the_role_of_an_association_that_goes_on_is_kept() -> None:
    """RFC 8842 §5.3: another role would be another association."""
    current = DtlsTerms(Setup.PASSIVE, frozenset([THEIR_IDENTITY.fingerprint]))
    stream, _ = answered(MUST, body(DTLS, PRINT, ACTPASS), current)
    assert stream.dtls == current


def test_with_somebody_else_a_new_association_begins() -> None:
    current = DtlsTerms(Setup.PASSIVE, frozenset([Fingerprint.of(b"somebody else")]))
    stream, _ = answered(MUST, body(DTLS, PRINT, ACTPASS), current)
    assert stream.dtls is not None
    assert stream.dtls.setup is Setup.ACTIVE


@pytest.mark.parametrize(
    ("encryption", "offer"),
    [
        pytest.param(NONE, body(DTLS, PRINT, ACTPASS), id="none, DTLS"),
        pytest.param(NONE, body(SECURE, CRYPTO), id="none, SDES"),
        pytest.param(BEST, body(DTLS, ACTPASS), id="DTLS without a fingerprint"),
        pytest.param(BEST, body(DTLS, WEAK_PRINT, ACTPASS), id="DTLS with SHA-1 only"),
        pytest.param(BEST, body(DTLS, CRYPTO, ACTPASS), id="DTLS with a key in its place"),
        pytest.param(BEST, body(DTLS, PRINT, "a=setup:holdconn"), id="DTLS, but not now"),
        pytest.param(BEST, body(DTLS, PRINT, "a=setup:whatever"), id="DTLS, no role"),
        pytest.param(BEST, body(SECURE, UNKNOWN_CRYPTO), id="secure, unknown suites only"),
        pytest.param(BEST, body(SECURE), id="secure, nothing"),
        pytest.param(BEST, body("TCP/RTP/AVP", PRINT, ACTPASS), id="no profile of ours"),
        pytest.param(MUST, body(PLAIN), id="mandatory, plain"),
        pytest.param(MUST, body("RTP/AVPF"), id="mandatory, plain with feedback"),
        pytest.param(MUST, body(PLAIN, UNKNOWN_CRYPTO), id="mandatory, plain, unknown suites"),
        pytest.param(MUST, body(PLAIN, WEAK_PRINT, ACTPASS), id="mandatory, plain, SHA-1"),
        pytest.param(MUST, body(SECURE, UNKNOWN_CRYPTO), id="mandatory, unknown suites only"),
        pytest.param(MUST, body(SECURE, ACTPASS), id="mandatory, secure, no fingerprint"),
    ],
)
def test_what_is_not_acceptable(encryption: Encryption, offer: bytes) -> None:
    with pytest.raises(NotAcceptable):
        answered(encryption, offer)


def test_a_line_by_dtls_without_a_fingerprint_is_refused_in_words() -> None:
    with pytest.raises(NotAcceptable, match="UDP/TLS/RTP/SAVP without a fingerprint"):
        answered(MUST, body(DTLS, ACTPASS))


@pytest.mark.parametrize(
    "attributes", [(), (WEAK_PRINT, ACTPASS), (UNKNOWN_CRYPTO,)], ids=["plain", "weak", "unknown"]
)
def test_best_effort_is_plain_where_the_offer_has_nothing_that_helps(
    attributes: tuple[str, ...],
) -> None:
    stream, answer = answered(BEST, body(PLAIN, *attributes))
    assert (stream.dtls, stream.srtp) == (None, None)
    assert answer.media[0].value("fingerprint") is None
    assert answer.media[0].value("setup") is None


def test_keys_in_the_description_serve_where_there_is_no_usable_fingerprint() -> None:
    stream, answer = answered(MUST, body(SECURE, WEAK_PRINT, ACTPASS, CRYPTO))
    assert stream.dtls is None
    assert stream.srtp is not None
    assert answer.media[0].value("crypto") is not None


def test_a_line_that_can_be_encrypted_is_taken_before_one_that_cannot() -> None:
    stream, answer = answered(BEST, body(PLAIN) + body(DTLS, PRINT, ACTPASS)[len(HEAD) :])
    assert stream.dtls is not None
    assert [line.port for line in answer.media] == [0, 5000]


# --- offers of ours ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encryption", "exchange", "protocol", "has_print", "keys"),
    [
        (NONE, KeyExchange.DTLS, PLAIN, False, 0),
        (BEST, KeyExchange.DTLS, PLAIN, True, 0),
        (MUST, KeyExchange.DTLS, DTLS, True, 0),
        (BEST, KeyExchange.SDES, PLAIN, False, len(OFFERED)),
        (MUST, KeyExchange.SDES, SECURE, False, len(OFFERED)),
    ],
)
def test_our_offer_asks_in_the_way_that_is_set(
    encryption: Encryption, exchange: KeyExchange, protocol: str, has_print: bool, keys: int
) -> None:
    offer = make_offer(can(encryption, exchange), "198.51.100.1", 5000, origin=ORIGIN)
    (line,) = SessionDescription.parse(offer).media
    assert line.protocol == protocol
    assert (line.value("fingerprint") is not None) is has_print
    assert line.value("setup") == ("actpass" if has_print else None)
    assert len(list(line.values("crypto"))) == keys


def test_a_later_offer_names_the_role_that_we_have() -> None:
    """So that the association goes on whatever the peer would choose."""
    current = DtlsTerms(Setup.PASSIVE, frozenset([THEIR_IDENTITY.fingerprint]))
    offer = make_offer(can(MUST, current=current), "198.51.100.1", 5000, origin=ORIGIN)
    assert SessionDescription.parse(offer).media[0].value("setup") == "passive"


def answer_to(encryption: Encryption, answer: bytes) -> AgreedStream:
    return read_answer(make_offer(can(encryption), "198.51.100.1", 5000, origin=ORIGIN), answer)


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ("active", Setup.PASSIVE),
        ("passive", Setup.ACTIVE),
        ("actpass", Setup.ACTIVE),  # not allowed in an answer; whoever says so can be the server
        ("", Setup.ACTIVE),  # RFC 4145 §4
    ],
)
def test_the_answer_decides_on_the_roles(said: str, ours: Setup) -> None:
    stream = answer_to(MUST, body(DTLS, PRINT, f"a=setup:{said}" if said else ""))
    assert stream.dtls == DtlsTerms(ours, frozenset([THEIR_IDENTITY.fingerprint]))


def test_best_effort_by_dtls_that_meets_nobody_is_plain() -> None:
    assert answer_to(BEST, body(PLAIN)).dtls is None
    assert answer_to(BEST, body(PLAIN, PRINT, "a=setup:active")).dtls is not None


def test_best_effort_by_dtls_may_be_answered_by_a_line_that_insists() -> None:
    assert answer_to(BEST, body(DTLS, PRINT, "a=setup:active")).dtls is not None
    with pytest.raises(NotAcceptable, match="UDP/TLS/RTP/SAVP, and holds no fingerprint"):
        answer_to(BEST, body(DTLS))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(body(PLAIN), id="plain"),
        pytest.param(body(PLAIN, PRINT, "a=setup:active"), id="plain, with a fingerprint"),
        pytest.param(body(DTLS), id="nothing"),
        pytest.param(body(DTLS, "a=setup:active"), id="no fingerprint"),
        pytest.param(body(DTLS, WEAK_PRINT, "a=setup:active"), id="SHA-1"),
        pytest.param(body(DTLS, PRINT, "a=setup:holdconn"), id="not now"),
        pytest.param(body(DTLS, CRYPTO), id="a key in its place"),
        pytest.param(body(SECURE, CRYPTO), id="keys that were not offered"),
    ],
)
def test_mandatory_encryption_cannot_be_talked_down_in_an_answer(answer: bytes) -> None:
    with pytest.raises(NotAcceptable):
        answer_to(MUST, answer)


def test_an_answer_that_names_nobody_lets_the_association_go_on() -> None:
    """RFC 8842 §5.3 wants a fingerprint in each answer; Linphone 5.1 has none on hold."""
    current = DtlsTerms(Setup.ACTIVE, frozenset([THEIR_IDENTITY.fingerprint]))
    offer = make_offer(can(MUST, current=current), "198.51.100.1", 5000, origin=ORIGIN)
    assert read_answer(offer, body(DTLS, "a=inactive"), current=current).dtls == current
    for answer in (body(DTLS, WEAK_PRINT), body(PLAIN), body(SECURE, CRYPTO)):
        with pytest.raises(NotAcceptable):
            read_answer(offer, answer, current=current)


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        pytest.param((CRYPTO,), "which was not offered", id="keys that were not offered"),
        pytest.param((UNKNOWN_CRYPTO,), "F8_128", id="keys of an unknown suite"),
        pytest.param((WEAK_PRINT, "a=setup:active"), "by DTLS", id="SHA-1"),
        pytest.param((PRINT, "a=setup:holdconn"), "by DTLS", id="not now"),
    ],
)
def test_an_answer_that_is_encrypted_in_a_way_of_its_own_is_not_taken_for_plain(
    attributes: tuple[str, ...], why: str
) -> None:
    """Neither could protect anything for the other, and ciphertext would be heard as noise."""
    with pytest.raises(NotAcceptable, match=why):
        answer_to(BEST, body(PLAIN, *attributes))
