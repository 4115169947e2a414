"""GSM full rate (GSM 06.10), 13 kbit/s, by libspandsp: frames of 20 ms (RFC 3551 §4.5.8)."""

from __future__ import annotations

from typing import Final

from media.codecs import WHOLE_20_MS, Codec
from media.codecs.concealed import ConcealedDecoder
from media.codecs.spandsp import LIBRARY, GsmDecoder, GsmEncoder

RATE_HZ: Final = 8000
FRAME_OCTETS: Final = 33
FRAME_SAMPLES: Final = 160
MOST_FRAMES: Final = 10
"""In a packet: 200 ms (RFC 3551 §4.2)."""


def _duration(payload: bytes) -> int:
    """Whole frames only, each of which begins with the same four bits."""
    frames, rest = divmod(len(payload), FRAME_OCTETS)
    signed = all(octet >> 4 == 0xD for octet in payload[::FRAME_OCTETS])
    return 0 if rest or frames > MOST_FRAMES or not signed else frames * FRAME_SAMPLES


GSM: Final = Codec(
    name="GSM",
    title="GSM",
    clock_rate_hz=RATE_HZ,
    rate_hz=RATE_HZ,
    static_payload_type=3,
    ptimes_ms=WHOLE_20_MS,
    library=LIBRARY,
    encoder=lambda _: GsmEncoder(),
    decoder=lambda: ConcealedDecoder(GsmDecoder().to_sound, RATE_HZ),
    duration=_duration,
)
