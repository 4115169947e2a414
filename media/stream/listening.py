"""A stream that is only heard: nobody offered it, nobody is answered (multicast pages)."""

from __future__ import annotations

from media.codecs import registry
from media.errors import MisuseError
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
