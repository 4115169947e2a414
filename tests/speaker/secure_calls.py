"""Calls of a device whose account encrypts, with a phone that can: by SDES or by DTLS."""

from __future__ import annotations

from collections.abc import Callable

from media.sdp.agreement import KeyExchange
from media.sdp.negotiation import Capabilities, Encryption, answer_offer, make_offer
from media.sdp.session_description import Origin
from media.security.dtls_identity import DtlsIdentity
from media.security.srtp_suite import SrtpSuite
from media.stream.rtp_stream import RtpStream
from sip.session.events import IncomingCall
from sip.syntax.uri import SipUri
from tests.speaker.stage import PHONE_IDENTITY, Stage

TALKS_DB = -20.0
KEYS = {suite: bytes(range(suite.key_octets)) for suite in SrtpSuite}
NEW_KEYS = {suite: bytes(range(100, 100 + suite.key_octets)) for suite in SrtpSuite}
ALICE = SipUri.for_user("alice", "192.0.2.1")


def stage_with(encryption: str = "mandatory", exchange: str = "sdes") -> Stage:
    account = {
        "id": "a",
        "default": True,
        "media_encryption": encryption,
        "media_key_exchange": exchange,
    }
    return Stage({"sip": {"accounts": [account]}})


def phone_can(exchange: KeyExchange, *, renewed: bool = False) -> Capabilities:
    return Capabilities(
        encryption=Encryption.MANDATORY,
        keys=NEW_KEYS if renewed else KEYS,
        key_exchange=exchange,
        identity=PHONE_IDENTITY,
    )


def offer_of(stage: Stage, capabilities: Capabilities, version: int = 1) -> bytes:
    host = stage.phone.host
    return make_offer(capabilities, host, 6000, origin=Origin(1, version, host))


def phone_calls(stage: Stage, exchange: KeyExchange) -> None:
    """Let the phone call, and let both talk for a while."""
    stage.offer = offer_of(stage, phone_can(exchange))
    stage.call()
    stage.run(0.5)


def speaker_calls(
    stage: Stage,
    exchange: KeyExchange,
    identity: DtlsIdentity = PHONE_IDENTITY,
    *,
    changed: Callable[[bytes], bytes] = bytes,
) -> None:
    """Let the device call, the phone answer, and both talk for a while.

    `changed` is what becomes of the answer on the way.
    """
    stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")
    stage.run(0.1)
    (call,) = stage.phone.told(IncomingCall)
    host = stage.phone.host
    answer = answer_offer(call.offer, phone_can(exchange), host, 6000, origin=Origin(1, 1, host))
    stage.phone_stream = RtpStream(
        answer.stream,
        ssrc=1,
        first_sequence=1,
        first_timestamp=1,
        cname="phone",
        identity=identity,
    )
    stage.phone.accept(changed(answer.body))
    stage.run(0.5)


def both_are_heard(stage: Stage) -> bool:
    return stage.room_level_db() > TALKS_DB and stage.phone_level_db() > TALKS_DB
