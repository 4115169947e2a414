"""Traffic is recorded while somebody wants it, within bounds."""

import struct

import pytest

from sip.flow import Address, Flow, Transport
from speaker.support.pcap import FILE_HEADER
from speaker.support.traffic_recording import recorded
from speaker.support.traffic_tap import (
    MOST_RECORDINGS,
    MOST_WAITING,
    TooManyRecordings,
    TrafficTap,
)

UDP = Flow(Transport.UDP, Address("192.0.2.1", 5060), Address("192.0.2.9", 5070))
TLS = Flow(Transport.TLS, Address("192.0.2.1", 5061), Address("192.0.2.9", 5071))
REGISTER = b"REGISTER sip:a SIP/2.0\r\nAuthorization: Basic SECRET\r\n\r\n"


def make_tap() -> TrafficTap:
    return TrafficTap(wall=lambda: 1764259340.0)


def packets_of(file: bytes) -> list[bytes]:
    assert file.startswith(FILE_HEADER)
    packets, at = [], len(FILE_HEADER)
    while at < len(file):
        (length,) = struct.unpack_from("=I", file, at + 8)
        packets.append(file[at + 16 : at + 16 + length])
        at += 16 + length
    return packets


async def record(tap: TrafficTap, *, mask: bool = True, largest: int = 10**6) -> list[bytes]:
    pieces = recorded(tap, 0.01, mask=mask, largest=largest)
    file = await anext(pieces)
    tap.sip(REGISTER, UDP, is_sent=True)
    tap.sip(REGISTER, TLS, is_sent=False)
    tap.datagram(b"rtp", ("0.0.0.0", 4000), ("127.0.0.1", 6000), is_sent=True)
    tap.datagram(b"rtp", ("::", 4000), ("::ffff:127.0.0.1", 6000), is_sent=False)
    tap.sip(REGISTER, Flow(Transport.UDP, UDP.local, Address("pbx.example", 5060)), is_sent=True)
    async for piece in pieces:
        file += piece
    return packets_of(file)


async def test_all_that_passes_is_recorded_with_its_ends() -> None:
    sip, over_tls, there, back = await record(make_tap())
    assert (sip[9], sip[12:20], sip[20:24]) == (17, b"\xc0\0\2\1\xc0\0\2\t", b"\x13\xc4\x13\xce")
    assert (over_tls[9], over_tls[12:20]) == (6, b"\xc0\0\2\t\xc0\0\2\1")
    assert (there[12:20], there[28:]) == (b"\x7f\0\0\1\x7f\0\0\1", b"rtp")
    assert there[20:24] == back[22:24] + back[20:22]


async def test_secrets_are_masked_unless_they_are_wanted() -> None:
    assert not any(b"SECRET" in packet for packet in await record(make_tap()))
    assert b"SECRET" in (await record(make_tap(), mask=False))[0]


async def test_a_recording_is_bounded_in_size() -> None:
    tap = make_tap()
    pieces = recorded(tap, 3600.0, mask=False, largest=1000)
    await anext(pieces)
    for _ in range(10):
        tap.datagram(bytes(1000), ("127.0.0.1", 4000), ("127.0.0.1", 6000), is_sent=True)
    assert len([piece async for piece in pieces]) == 1


async def test_nothing_is_kept_while_nobody_records() -> None:
    tap = make_tap()
    with tap.recording() as heard:
        pass
    tap.sip(REGISTER, UDP, is_sent=True)
    assert not heard


async def test_what_nobody_fetches_does_not_grow() -> None:
    tap = make_tap()
    with tap.recording() as heard:
        for _ in range(MOST_WAITING + 10):
            tap.sip(REGISTER, UDP, is_sent=True)
        assert len(heard) == MOST_WAITING


async def test_there_are_not_too_many_recordings_and_their_ends_make_room() -> None:
    tap = make_tap()
    running = [recorded(tap, 3600.0, mask=True) for _ in range(MOST_RECORDINGS)]
    for each in running:
        await anext(each)
    with pytest.raises(TooManyRecordings):
        await anext(recorded(tap, 1.0, mask=True))
    await running[0].aclose()
    assert await anext(recorded(tap, 1.0, mask=True)) == FILE_HEADER
