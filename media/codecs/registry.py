"""The codecs that this speaker has, found by name and by static payload type."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from media.codecs import Codec, g711, g722, g726, gsm, l16, opus, speex

ALL: Final[tuple[Codec, ...]] = (
    opus.OPUS,
    g722.G722,
    g711.PCMU,
    g711.PCMA,
    *l16.ALL,
    g726.G726_32,
    g726.AAL2_G726_32,
    gsm.GSM,
    *speex.ALL,
)

BY_TITLE: Final[Mapping[str, Codec]] = MappingProxyType({codec.title: codec for codec in ALL})
"""By what settings call them."""

_BY_RTPMAP: Final = {
    (codec.name.upper(), codec.clock_rate_hz, codec.channels): codec for codec in ALL
}

STATIC_RTPMAPS: Final[Mapping[int, tuple[str, int, int]]] = MappingProxyType(
    {
        codec.static_payload_type: (codec.name, codec.clock_rate_hz, codec.channels)
        for codec in ALL
        if codec.static_payload_type is not None
    }
)
"""Name, clock rate and channels of payload types that need no `a=rtpmap` (RFC 3551, table 4)."""


def find(name: str, clock_rate_hz: int, channels: int = 1) -> Codec | None:
    """The codec of an `a=rtpmap`, its name in any case; None when we do not have it."""
    return _BY_RTPMAP.get((name.upper(), clock_rate_hz, channels))
