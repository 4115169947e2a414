"""What the payload types of one RTP media line stand for (RFC 8866 §6.6, RFC 3551 table 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from media.codecs import Codec, comfort_noise, registry
from media.sdp.session_description import MediaDescription

TELEPHONE_EVENT = "TELEPHONE-EVENT"


@dataclass(frozen=True, slots=True)
class PayloadFormats:
    """The formats of one media line that we know, in the line's order."""

    codecs: Mapping[int, Codec]
    parameters: Mapping[int, str]
    """What `a=fmtp` says of each codec, where it says anything."""
    telephone_events: Mapping[int, int]
    """Clock rate in Hz of each payload type for named events (RFC 4733)."""
    comfort_noise: Mapping[int, int]
    """Clock rate in Hz of each payload type for comfort noise (RFC 3389) that we can play."""

    @classmethod
    def of(cls, description: MediaDescription) -> PayloadFormats:
        """Read them; a format that is unknown, doubled or no payload type is passed over."""
        maps = _rtpmaps(description)
        codecs: dict[int, Codec] = {}
        events: dict[int, int] = {}
        noise: dict[int, int] = {}
        for word in description.formats:
            payload_type = _payload_type(word)
            if payload_type is None or payload_type not in maps:
                continue
            name, clock_rate_hz, channels = maps[payload_type]
            codec = registry.find(name, clock_rate_hz, channels)
            if codec is not None:
                codecs[payload_type] = codec
            elif name.upper() == TELEPHONE_EVENT:
                events[payload_type] = clock_rate_hz
            elif name.upper() == comfort_noise.NAME and clock_rate_hz in comfort_noise.RATES_HZ:
                noise[payload_type] = clock_rate_hz
        return cls(codecs, _parameters(description, codecs), events, noise)


def encodings(description: MediaDescription) -> dict[str, tuple[str, int, int] | None]:
    """Encoding name, clock rate in Hz and channels of each format, by its word in the line's order.

    None for those of which the line does not say it, and that have no number of their own.
    """
    maps = _rtpmaps(description)
    return {
        word: None if (number := _payload_type(word)) is None else maps.get(number)
        for word in description.formats
    }


def _parameters(description: MediaDescription, codecs: Mapping[int, Codec]) -> dict[int, str]:
    parameters = {}
    for value in description.values("fmtp"):
        number, _, text = value.strip().partition(" ")
        payload_type = _payload_type(number)
        if payload_type is not None and payload_type in codecs:
            parameters[payload_type] = text.strip()
    return parameters


def _rtpmaps(description: MediaDescription) -> dict[int, tuple[str, int, int]]:
    """Encoding name, clock rate and channels by payload type."""
    maps = dict(registry.STATIC_RTPMAPS)
    maps[comfort_noise.STATIC_PAYLOAD_TYPE] = (comfort_noise.NAME, 8000, 1)
    for value in description.values("rtpmap"):
        number, _, encoding = value.partition(" ")
        name, *rest = encoding.strip().split("/")
        payload_type = _payload_type(number)
        clock_rate = rest[0].strip() if rest else ""
        if payload_type is None or not (clock_rate.isascii() and clock_rate.isdecimal()):
            continue
        channels = rest[1].strip() if len(rest) > 1 else "1"
        if len(clock_rate) > 9 or channels not in ("1", "2"):
            maps.pop(payload_type, None)
            continue
        maps[payload_type] = (name, int(clock_rate), int(channels))
    return maps


def _payload_type(word: str) -> int | None:
    if word.isascii() and word.isdecimal() and len(word) <= 3 and int(word) <= 127:
        return int(word)
    return None
