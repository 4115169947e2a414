"""What the payload types of one RTP media line stand for (RFC 8866 §6.6, RFC 3551 table 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from media.codecs import Codec, registry
from media.sdp import MediaDescription

TELEPHONE_EVENT = "TELEPHONE-EVENT"


@dataclass(frozen=True, slots=True)
class PayloadFormats:
    """The formats of one media line that we know, in the line's order."""

    codecs: Mapping[int, Codec]
    telephone_events: Mapping[int, int]
    """Clock rate in Hz of each payload type for named events (RFC 4733)."""

    @classmethod
    def of(cls, description: MediaDescription) -> PayloadFormats:
        """Read them; a format that is unknown, doubled or no payload type is passed over."""
        maps = _rtpmaps(description)
        codecs: dict[int, Codec] = {}
        events: dict[int, int] = {}
        for word in description.formats:
            payload_type = _payload_type(word)
            if payload_type is None or payload_type not in maps:
                continue
            name, clock_rate_hz = maps[payload_type]
            codec = registry.find(name, clock_rate_hz)
            if codec is not None:
                codecs[payload_type] = codec
            elif name.upper() == TELEPHONE_EVENT:
                events[payload_type] = clock_rate_hz
        return cls(codecs, events)

    def payload_type_of(self, codec: Codec) -> int | None:
        """The first number that stands for `codec`."""
        return next((number for number, known in self.codecs.items() if known == codec), None)

    def telephone_event_for(self, codec: Codec) -> int | None:
        """The first number for named events at the clock rate of `codec` (RFC 4733 §2.1)."""
        wanted = codec.clock_rate_hz
        return next((pt for pt, rate in self.telephone_events.items() if rate == wanted), None)


def _rtpmaps(description: MediaDescription) -> dict[int, tuple[str, int]]:
    """Encoding name and clock rate by payload type; mono only, for we have nothing else."""
    maps = dict(registry.STATIC_RTPMAPS)
    for value in description.values("rtpmap"):
        number, _, encoding = value.partition(" ")
        name, *rest = encoding.strip().split("/")
        payload_type = _payload_type(number)
        clock_rate = rest[0].strip() if rest else ""
        if payload_type is None or not (clock_rate.isascii() and clock_rate.isdecimal()):
            continue
        if len(clock_rate) > 9 or (len(rest) > 1 and rest[1].strip() != "1"):
            maps.pop(payload_type, None)
            continue
        maps[payload_type] = (name, int(clock_rate))
    return maps


def _payload_type(word: str) -> int | None:
    if word.isascii() and word.isdecimal() and len(word) <= 3 and int(word) <= 127:
        return int(word)
    return None
