"""What the sound of an account's calls may be, by its settings."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from media.agreement import KeyExchange
from media.direction import Direction
from media.negotiation import Capabilities, Encryption
from media.srtp import SrtpSuite
from speaker.call_media import MediaPlan

if TYPE_CHECKING:
    from conf.settings import AccountSettings, SipSettings
    from media.dtls_identity import DtlsIdentity

DIRECTIONS = {
    "both": Direction.SENDRECV,
    "send": Direction.SENDONLY,
    "receive": Direction.RECVONLY,
}


def media_plan(
    sip: SipSettings,
    account: AccountSettings,
    address: str,
    identity: DtlsIdentity | None = None,
) -> MediaPlan:
    """The plan of one new call, with keys of its own; `address` is ours as the peer sees it.

    `identity` is who the device is where keys are agreed on by DTLS; None: nowhere.
    """
    return MediaPlan(
        capabilities=Capabilities(
            codecs=sip.codecs,
            direction=DIRECTIONS[sip.audio_direction],
            telephone_event_payload_type=sip.dtmf_payload_type if account.dtmf_rtp else None,
            silence_suppression=sip.silence_suppression,
            encryption=Encryption(account.media_encryption),
            keys={suite: secrets.token_bytes(suite.key_octets) for suite in SrtpSuite},
            key_exchange=KeyExchange(account.media_key_exchange),
            identity=identity,
        ),
        address=address,
        cname=f"{secrets.token_hex(6)}@{address}",
        silence_limit_s=sip.rtp_silence_limit_s,
    )
