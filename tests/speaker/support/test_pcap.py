"""Records of made-up packets around real messages."""

import struct

import pytest

from speaker.support.pcap import (
    FILE_HEADER,
    LONGEST_DATAGRAM,
    LONGEST_PACKET,
    LONGEST_SEGMENT,
    MOST_STREAMS,
    Message,
    PcapWriter,
)

A, B = ("192.0.2.1", 5060), ("192.0.2.9", 4000)
A6, B6 = ("2001:db8::1", 5060), ("2001:db8::9", 4000)


def message(source: tuple[str, int], destination: tuple[str, int], data: bytes) -> Message:
    return Message(1764259340.25, source, destination, data, is_stream=False)


def stream(source: tuple[str, int], destination: tuple[str, int], data: bytes) -> Message:
    return Message(1764259340.25, source, destination, data, is_stream=True)


def packets(*messages: Message) -> list[bytes]:
    writer = PcapWriter()
    return [record[16:] for each in messages for record in writer.records(each)]


def sum_is_right(data: bytes) -> bool:
    """RFC 1071: with its checksum in it, everything adds up to nothing but ones."""
    data += b"\0" * (len(data) % 2)
    total = sum(word for (word,) in struct.iter_unpack("!H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return bool(total == 0xFFFF)


def payload_is_right(packet: bytes) -> bool:
    """With the pseudo header of IPv4 (RFC 768) or IPv6 (RFC 8200 §8.1)."""
    if packet[0] >> 4 == 4:
        payload, ends, protocol = packet[20:], packet[12:20], packet[9]
    else:
        payload, ends, protocol = packet[40:], packet[8:40], packet[6]
    return sum_is_right(ends + struct.pack("!II", len(payload), protocol) + payload)


def test_a_record_says_when_and_how_long() -> None:
    (record,) = PcapWriter().records(message(A, B, b"hello"))
    assert struct.unpack("=IIII", record[:16]) == (1764259340, 250_000, 33, 33)
    assert len(record) == 16 + 33
    assert len(FILE_HEADER) == 24


@pytest.mark.parametrize("data", [b"", b"x", b"hello", bytes(1000), b"\xff" * 999])
def test_a_datagram_has_right_sums(data: bytes) -> None:
    (packet,) = packets(message(A, B, data))
    assert sum_is_right(packet[:20])
    assert payload_is_right(packet)
    assert packet[28:] == data
    assert struct.unpack("!HHH", packet[20:26]) == (5060, 4000, 8 + len(data))
    (packet,) = packets(message(A6, B6, data))
    assert payload_is_right(packet)
    assert packet[48:] == data


def test_what_no_datagram_can_hold_is_cut() -> None:
    (packet,) = packets(message(A6, B6, b"x" * 100_000))
    assert len(packet) <= LONGEST_PACKET
    assert len(packet) == 48 + LONGEST_DATAGRAM


def test_segments_of_a_stream_follow_one_another() -> None:
    sent = packets(stream(A, B, b"abc"), stream(B, A, b"12345"), stream(A, B, b"d"))
    numbers = [struct.unpack("!II", packet[24:32]) for packet in sent]
    assert numbers == [(1, 1), (1, 4), (4, 6)]
    assert all(map(payload_is_right, sent))


def test_a_long_message_takes_several_segments() -> None:
    sent = packets(stream(A, B, b"x" * (2 * LONGEST_SEGMENT + 1)))
    assert [len(packet) - 40 for packet in sent] == [LONGEST_SEGMENT, LONGEST_SEGMENT, 1]


def test_connections_without_end_cost_no_memory_without_end() -> None:
    writer = PcapWriter()
    for port in range(2 * MOST_STREAMS):
        list(writer.records(stream(("192.0.2.7", port), B, b"x")))
    assert len(writer._sent) == MOST_STREAMS


def test_ends_of_different_versions_make_no_packet() -> None:
    assert packets(message(A, B6, b"x")) == []
