"""What calls hear when nobody means harm, as inputs of `composure`, and inputs that did harm."""

from __future__ import annotations

from typing import Final

from media.rtp.rtcp import Goodbye, ReceiverReport, SenderReport, SourceDescription, compound
from tests.fuzz.composure import KINDS, datagram
from tests.media.security.dtls_peers import client, server
from tests.media.streams import packet

_FRAMED_SEALED: Final = 0x18
_STRANGER_FRAMED: Final = 0x1B
_BY_RTCP_SEALED: Final = 0x0C

_PAYLOADS: Final = (
    b"\x00" + bytes(160),
    b"\x08" + bytes(80),
    b"\x09" + bytes(range(160)),
    b"\x03" + (b"\xd0" + bytes(32)) * 2,
    b"\x0b" + bytes(882),
    b"\x0d\x28\x10\x20\x30",
    b"\x60\x78" + bytes(40),
    b"\x61" + bytes((0x1D,)) + bytes(20),
    b"\x62" + bytes((0x36,)) + bytes(60),
    b"\x63" + bytes(960),
    b"\x64" + bytes(80),
    b"\xe5\x01\x0a\x00\xa0",
)

_REPORTS: Final = compound(
    (
        SenderReport(ssrc=7, ntp=1 << 40, rtp_timestamp=1, packets=1, octets=160),
        SourceDescription.with_cname(7, "phone"),
        Goodbye(ssrcs=(7,), reason="bye"),
    )
)
_EXTENDED: Final = compound((ReceiverReport(ssrc=7),)) + bytes.fromhex(
    "80cf0013 00000007 04000002 0000000100000002 05000003 00000001 00000002 00000003"
    "07000008 00000001 00000000 00000000 00000000 7f7f7f10 7f7f7f7f 00000000 00000000"
)


def _hello() -> bytes:
    association = client()
    association.advance(1.0)
    return association.take_outgoing()[0][0]


def _answer(hello: bytes) -> list[bytes]:
    association = server()
    association.take(hello, ("192.0.2.1", 4000))
    association.advance(1.0)
    return [data for data, _ in association.take_outgoing()]


def _sounds(how: int) -> bytes:
    return b"".join(datagram(each, how=how, ticks=2) for each in _PAYLOADS)


def _seeds() -> tuple[bytes, ...]:
    hello = _hello()
    flights = b"".join(datagram(each, ticks=1) for each in (hello, *_answer(hello)))
    reports = datagram(_REPORTS, how=_BY_RTCP_SEALED) + datagram(_EXTENDED, how=_BY_RTCP_SEALED)
    plain = b"".join(datagram(packet(number), ticks=2) for number in range(6))
    whole = _sounds(_FRAMED_SEALED) + reports + datagram(_REPORTS) + _sounds(_STRANGER_FRAMED)
    return tuple(
        bytes((kind,)) + part for kind in range(len(KINDS)) for part in (whole, plain, flights)
    )


SEEDS: Final = _seeds()

FOUND: Final[tuple[bytes, ...]] = ()
"""Inputs that once broke what must hold."""
