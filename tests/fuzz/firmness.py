"""What must hold for offers and answers, whatever the other side writes into its own."""

from __future__ import annotations

import base64
import itertools
from dataclasses import replace
from typing import Final

from media.codecs import registry
from media.errors import MalformedDescription, NotAcceptable
from media.sdp.agreement import AgreedStream, Capabilities, Encryption, KeyExchange
from media.sdp.codec_choice import MOST_TOLD, codec_fates
from media.sdp.direction import Direction
from media.sdp.masking import masked
from media.sdp.negotiation import Origin, answer_offer, make_offer, read_answer
from media.sdp.security_description import security_descriptions
from media.sdp.session_description import SessionDescription
from media.security.srtp_suite import SrtpSuite
from media.stream.rtp_stream import RtpStream
from tests.media.security.dtls_peers import CLIENT_IDENTITY

ADDRESS, PORT, ORIGIN = "198.51.100.1", 5000, Origin(1, 1, "198.51.100.1")

KINDS: Final = tuple(
    Capabilities(
        codecs=tuple(registry.BY_TITLE),
        encryption=encryption,
        key_exchange=exchange,
        keys={suite: bytes(suite.key_octets) for suite in SrtpSuite},
        identity=CLIENT_IDENTITY,
        silence_suppression=True,
    )
    for encryption, exchange in itertools.product(Encryption, KeyExchange)
)
"""An input's first octet says which one of these it meets."""


def negotiate(script: bytes) -> None:
    """Answer the description as an offer, and read it as an answer; check what comes of it."""
    usual, theirs = KINDS[script[0] % len(KINDS)] if script else KINDS[0], script[1:]
    for capabilities in (usual, replace(usual, codecs=("PCMA",), silence_suppression=False)):
        for in_use in (_answered(theirs, capabilities), _read(theirs, capabilities)):
            if in_use is not None:
                _offer_again(theirs, replace(usual, in_use=in_use))
    _tell(theirs)


def _answered(theirs: bytes, capabilities: Capabilities) -> AgreedStream | None:
    """What is agreed to; it is what the answer says."""
    try:
        answer = answer_offer(theirs, capabilities, ADDRESS, PORT, origin=ORIGIN)
    except (MalformedDescription, NotAcceptable):
        return None
    offered, ours = SessionDescription.parse(theirs), SessionDescription.parse(answer.body)
    assert [(line.media, line.protocol) for line in ours.media] == [
        (line.media, line.protocol) for line in offered.media
    ]
    assert sum(line.port > 0 for line in ours.media) == 1
    assert not set(answer.stream.accepts) & answer.stream.telephone_event_accepts
    _check(answer.stream, capabilities)
    return answer.stream


def _offer_again(theirs: bytes, capabilities: Capabilities) -> None:
    """Hold the peer and hear its answer: no number has another meaning than before."""
    in_use = capabilities.in_use
    assert in_use is not None
    held = replace(capabilities, direction=Direction.INACTIVE)
    offer = make_offer(held, ADDRESS, PORT, origin=ORIGIN)
    again = _answered(offer, replace(capabilities, in_use=None, encryption=Encryption.BEST_EFFORT))
    assert again is not None, "we do not take what we offer"
    for number, codec in again.accepts.items():
        assert in_use.accepts.get(number, codec) == codec
    _read(theirs, held, offer)


def _read(theirs: bytes, capabilities: Capabilities, offer: bytes = b"") -> AgreedStream | None:
    offer = offer or make_offer(capabilities, ADDRESS, PORT, origin=ORIGIN)
    try:
        agreed = read_answer(offer, theirs, current=capabilities.association)
    except (MalformedDescription, NotAcceptable):
        return None
    _check(agreed, capabilities)
    return agreed


def _check(agreed: AgreedStream, capabilities: Capabilities) -> None:
    """A stream can be made of it, and it is as secret as it has to be."""
    if capabilities.encryption is Encryption.MANDATORY:
        assert agreed.srtp is not None or agreed.dtls is not None
    if capabilities.encryption is Encryption.NONE:
        assert agreed.srtp is None
    assert agreed.ptime_ms in agreed.codec.ptimes_ms
    assert agreed.accepts
    RtpStream(
        agreed,
        ssrc=1,
        first_sequence=1,
        first_timestamp=1,
        cname="speaker",
        identity=capabilities.identity,
    ).update(agreed, 1.0)


def _tell(theirs: bytes) -> None:
    """What reports show of it holds no key, and nothing that a terminal would obey."""
    shown = masked(theirs)
    assert all(line.isprintable() for line in shown.split("\n"))
    fates = codec_fates(theirs, theirs, is_ours=False, ours=tuple(registry.BY_TITLE), chosen="PCMU")
    assert len(fates) <= MOST_TOLD
    assert all(fate.name.isprintable() for fate in fates)
    try:
        lines = SessionDescription.parse(theirs).media
    except MalformedDescription:
        return
    for line in lines:
        for each in security_descriptions(line):
            key = base64.b64encode(each.key).decode()
            # Who writes a key where none belongs has told it to everybody himself.
            assert key not in shown or theirs.count(key.encode()) > 1
