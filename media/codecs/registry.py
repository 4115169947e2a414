"""The codecs that this speaker has, found by name and by static payload type."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from media.codecs import Codec, g711

ALL: Final[tuple[Codec, ...]] = (g711.PCMU, g711.PCMA)

BY_NAME: Final[Mapping[str, Codec]] = MappingProxyType({codec.name: codec for codec in ALL})

STATIC_RTPMAPS: Final[Mapping[int, tuple[str, int]]] = MappingProxyType(
    {
        codec.static_payload_type: (codec.name, codec.clock_rate_hz)
        for codec in ALL
        if codec.static_payload_type is not None
    }
)
"""Name and clock rate of the payload types that need no `a=rtpmap` (RFC 3551, table 4)."""


def find(name: str, clock_rate_hz: int) -> Codec | None:
    """The codec of an `a=rtpmap`, its name in any case; None when we do not have it."""
    codec = BY_NAME.get(name.upper())
    return codec if codec is not None and codec.clock_rate_hz == clock_rate_hz else None
