"""G.726 at 32 kbit/s, by libspandsp, in both of its packings (RFC 3551 §4.5.4).

Telephones agree on the codec and not on which half of an octet comes first: RFC 3551 puts the
earlier sample into the low bits and gives the order of ITU-T I.366.2 names that begin with AAL2.
Its old payload type 2 stands for either, and so for neither any more.
"""

from __future__ import annotations

from typing import Final

from media.codecs import Codec
from media.codecs.concealed import ConcealedDecoder
from media.codecs.spandsp import LIBRARY, G726Decoder, G726Encoder, Packing

RATE_HZ: Final = 8000
LONGEST_PAYLOAD: Final = 200 * RATE_HZ // 1000 // 2
"""Octets, one for two samples; 200 ms (RFC 3551 §4.2)."""


def _duration(payload: bytes) -> int:
    return 2 * len(payload) if len(payload) <= LONGEST_PAYLOAD else 0


def _codec(name: str, packing: Packing) -> Codec:
    return Codec(
        name=name,
        title=name,
        clock_rate_hz=RATE_HZ,
        rate_hz=RATE_HZ,
        static_payload_type=None,
        library=LIBRARY,
        encoder=lambda _: G726Encoder(packing),
        decoder=lambda: ConcealedDecoder(G726Decoder(packing).to_sound, RATE_HZ),
        duration=_duration,
    )


G726_32: Final = _codec("G726-32", Packing.LOW_BITS)
AAL2_G726_32: Final = _codec("AAL2-G726-32", Packing.HIGH_BITS)
