"""A stream that is only heard: nobody offered it, nobody is answered (multicast pages)."""

from __future__ import annotations

import enum

from media.codecs import registry
from media.errors import MalformedPacket, MisuseError
from media.rtp.packet import RtpPacket, looks_like_rtcp
from media.rtp.receiver import is_sound
from media.sdp.direction import Direction
from media.sdp.negotiation import AgreedStream

NOWHERE = ("0.0.0.0", 0)  # noqa: S104 - the address to which nothing is sent, not one that is bound


def listening_stream(codec_name: str) -> AgreedStream:
    """What a listener agrees to: the static payload type of one codec, in whatever packet length.

    Raises:
        MisuseError: there is no such codec, or it has no static payload type (RFC 3551).
    """
    codec = registry.BY_TITLE.get(codec_name)
    if codec is None or codec.static_payload_type is None:
        raise MisuseError(f"{codec_name!r} is not a codec with a static payload type")
    return AgreedStream(
        codec=codec,
        payload_type=codec.static_payload_type,
        accepts={codec.static_payload_type: codec},
        telephone_event=None,
        telephone_event_accepts=frozenset(),
        ptime_ms=20,
        direction=Direction.RECVONLY,
        remote=NOWHERE,
        remote_control=NOWHERE,
    )


class Arrival(enum.Enum):
    """What a datagram is to somebody who waits for a stream to begin."""

    SOUND = "sound"
    OTHER_SOUND = "other sound"
    """RTP, but of no type that is listened for, or of a length that its codec does not have."""
    NO_RTP = "no RTP"


def arrival(data: bytes, awaited: AgreedStream) -> Arrival:
    """Judge the header of a first datagram (RFC 3550 appendix A.1), and its length.

    There: version, known payload type, and padding and extension that fit. RTCP is none of it.
    """
    try:
        packet = RtpPacket.parse(data)
    except MalformedPacket:
        return Arrival.NO_RTP
    codec = awaited.accepts.get(packet.payload_type)
    if codec is None:
        return Arrival.NO_RTP if looks_like_rtcp(data) else Arrival.OTHER_SOUND
    return Arrival.SOUND if is_sound(packet.payload, codec) else Arrival.OTHER_SOUND
