"""What we are willing to agree to about the sound of a call, and what both ends agreed to."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from media.codecs import Codec, registry
from media.errors import MisuseError
from media.sdp.direction import Direction
from media.security.dtls_identity import DtlsIdentity
from media.security.dtls_setup import DtlsTerms
from media.security.srtp_keys import SrtpKeys
from media.security.srtp_suite import OFFERED, SrtpSuite

BY_DTLS: Final = "by DTLS"


class Encryption(enum.Enum):
    """Whether the sound of a call is to be encrypted (SRTP, RFC 3711)."""

    NONE = "none"
    BEST_EFFORT = "best_effort"
    """Where the peer can: offered by keys beside plain RTP/AVP, which others pass over."""
    MANDATORY = "mandatory"
    """Or there is no call."""


class KeyExchange(enum.Enum):
    """How our offers would have keys agreed on. Answers take what the offer has, best DTLS."""

    SDES = "sdes"
    """In the descriptions (RFC 4568), as secret as those are."""
    DTLS = "dtls"
    """By a handshake beside the sound (RFC 5763), whose certificates the descriptions name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What we are willing to agree to."""

    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    """Titles in order of priority; our order decides, whatever the peer's is."""
    direction: Direction = Direction.SENDRECV
    ptime_ms: int = 20
    telephone_event_payload_type: int | None = 101
    """Our number for named events in offers, at the clock rate of the first codec; other rates have
    other numbers. None for no named events at all."""
    in_use: AgreedStream | None = None
    """What this call has agreed to before: in offers, no payload type of it changes its meaning.
    A DTLS association of it goes on if the peer lets it."""
    silence_suppression: bool = False
    """Whether to send noise parameters in place of silence (RFC 3389) where the peer takes them."""
    encryption: Encryption = Encryption.NONE
    keys: Mapping[SrtpSuite, bytes] = field(default_factory=dict, repr=False)
    """Our own key for each suite that we are willing to use, in order of preference: the same ones
    as long as a call lasts."""
    offered: tuple[SrtpSuite, ...] = OFFERED
    """Those of them that our offers name."""
    key_exchange: KeyExchange = KeyExchange.SDES
    identity: DtlsIdentity | None = None
    """Who we are in DTLS; None: we have no DTLS."""

    @property
    def association(self) -> DtlsTerms | None:
        """The terms of the DTLS association that there is; None: there is none."""
        return None if self.in_use is None else self.in_use.dtls

    def codec_list(self) -> list[Codec]:
        """The codecs themselves, in order.

        Raises:
            MisuseError: there is none, or a title is unknown.
        """
        unknown = [title for title in self.codecs if title not in registry.BY_TITLE]
        if unknown or not self.codecs:
            known = ", ".join(registry.BY_TITLE)
            raise MisuseError(f"codecs: {', '.join(unknown) or 'none'}; there are {known}")
        return [registry.BY_TITLE[title] for title in self.codecs]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedReports:
    """The extended RTCP reports that the peer wants of us (RFC 3611 §5)."""

    voip_metrics: bool = False
    """How the call sounds here."""
    receiver_time: bool = False
    """Our clock, when we only listen, so that its answer tells us the round trip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedStream:
    """The one audio stream that both ends agreed to, seen from our side."""

    codec: Codec
    """What we send."""
    payload_type: int
    """The number we send it with."""
    may_send: frozenset[int] = frozenset()
    """All numbers of sound that the peer's description agrees to: what was sent by one of them
    before needs not end at once."""
    accepts: Mapping[int, Codec]
    """What the peer may send, by payload type."""
    telephone_event: int | None
    """Payload type for the named events we send; None when the peer takes none."""
    telephone_event_accepts: frozenset[int]
    """Payload types of the named events the peer may send."""
    ptime_ms: int
    """Length of the packets we send: one of the codec's."""
    direction: Direction
    """Ours: SENDRECV or SENDONLY means that we send."""
    remote: tuple[str, int]
    """Where the peer wants RTP: an IP literal, or a name, which nothing can be sent to before the
    peer's own packets show its address; ("0.0.0.0", port) on an old-style hold."""
    remote_control: tuple[str, int]
    """Where the peer wants RTCP (port + 1, or as RFC 3605 says); `remote` if multiplexed."""
    telephone_event_hz: int = 8000
    """The clock of the named events we send: the codec's, or 8000 where the peer has no other."""
    multiplexed: bool = False
    """RTCP goes over the RTP port in both directions (RFC 5761)."""
    extended_reports: WantedReports = WantedReports()
    comfort_noise: int | None = None
    """Payload type for the noise that we send in place of silence (RFC 3389); None: silence is sent
    as sound. What the peer may send of it is in `accepts`."""
    parameters: str = ""
    """What the peer's `a=fmtp` wants of what we send."""
    srtp: SrtpKeys | None = None
    """Keys from the descriptions; None: the sound is not encrypted, or by the keys of `dtls`."""
    dtls: DtlsTerms | None = None
    """Keys are to come from a handshake on these terms; without them nothing is sent or heard."""

    @property
    def encryption(self) -> str:
        """In words: `none`, the suite of `srtp`, or BY_DTLS."""
        if self.dtls is not None:
            return BY_DTLS
        return "none" if self.srtp is None else self.srtp.suite.value


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an offer and the stream it agrees to."""

    body: bytes
    stream: AgreedStream
