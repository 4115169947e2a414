"""What the sound of an account's calls may be, by its settings."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from conf.validation.problem import Problem, shown
from media.sdp.agreement import KeyExchange
from media.sdp.direction import Direction
from media.sdp.negotiation import Capabilities, Encryption
from media.security.srtp_suite import BRIEFLY_OFFERED, OFFERED, SrtpSuite
from speaker.calls.call_media import MediaPlan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conf.settings import AccountSettings, SipSettings
    from media.codecs import Codec
    from media.security.dtls_identity import DtlsIdentity

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
            keys=fresh_keys(),
            offered=BRIEFLY_OFFERED if account.transport == "udp" else OFFERED,
            key_exchange=KeyExchange(account.media_key_exchange),
            identity=identity,
        ),
        address=address,
        cname=f"{secrets.token_hex(6)}@{address}",
        silence_limit_s=sip.rtp_silence_limit_s,
    )


def fresh_keys() -> dict[SrtpSuite, bytes]:
    """Keys of ours that nobody has had before, one for each suite."""
    return {suite: secrets.token_bytes(suite.key_octets) for suite in SrtpSuite}


def codec_problems(codecs: Iterable[Codec]) -> list[Problem]:
    """Those that `sip.codecs` may not name, as this system has no library for them."""
    return [
        Problem(
            "sip.codecs",
            shown(codec.title),
            f"needs {' or '.join(codec.library.names)}, which this system does not have: "
            f"install its package {codec.library.package}",
        )
        for codec in codecs
        if codec.library is not None and codec.library.missing
    ]
