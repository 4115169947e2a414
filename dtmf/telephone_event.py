"""One telephone-event as it travels in an RTP payload (RFC 4733 §2.3)."""

import struct
from dataclasses import dataclass
from typing import Final, Self

from dtmf.errors import BadDigit, MalformedPayload

DIGITS: Final = "0123456789*#ABCD"
"""The keys, each at the place of its event code (RFC 4733 §3.2, table 3)."""

LONGEST_DURATION: Final = 0xFFFF
"""RTP clock units; a longer event goes on in a further segment (RFC 4733 §2.5.1.3)."""

LAYOUT: Final = struct.Struct("!BBH")
END: Final = 0x80
VOLUME: Final = 0x3F


def event_code(digit: str) -> int:
    """The event code of one of the sixteen keys.

    Raises:
        BadDigit: it is not exactly one of `DIGITS`.
    """
    if len(digit) != 1 or digit not in DIGITS:
        raise BadDigit(f"{digit!r} is not one of the keys {DIGITS}")
    return DIGITS.index(digit)


@dataclass(frozen=True, slots=True)
class TelephoneEvent:
    """What one packet says about an event."""

    event: int
    """Event code: 0 to 15 are keys, others are tones and line signals (0 to 255)."""

    end: bool
    """The event is over, and `duration` is final."""

    volume_dbm0: int
    """Power of the tone, 0 to -63; means something for keys only."""

    duration: int
    """Since the event (or this segment of it) began, in RTP clock units: seconds only after
    division by the negotiated clock rate."""

    @property
    def digit(self) -> str | None:
        """The key, or None for an event that is none."""
        return DIGITS[self.event] if self.event < len(DIGITS) else None

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the first event of a payload; whatever follows its four bytes is ignored.

        Raises:
            MalformedPayload: the payload is shorter than four bytes.
        """
        if len(payload) < LAYOUT.size:
            raise MalformedPayload(f"a telephone-event has 4 bytes, not {len(payload)}")
        event, flags, duration = LAYOUT.unpack_from(payload)
        return cls(event, bool(flags & END), -(flags & VOLUME), duration)

    def __bytes__(self) -> bytes:
        """The four bytes of the payload; the reserved bit is 0."""
        flags = -self.volume_dbm0 | (END if self.end else 0)
        return LAYOUT.pack(self.event, flags, self.duration)
