"""Ogg pages (RFC 3533): a stream of packets among other bytes, read and written piece by piece."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from media.errors import MediaError

CAPTURE: Final = b"OggS"
LONGEST_PACKET: Final = 61_440
"""RFC 7845 §6: more than any packet of Opus has."""

_HEADER: Final = struct.Struct("<4sBBqIIIB")
_CONTINUED, _FIRST, _LAST = 1, 2, 4
_CHECKSUM_AT: Final = 22


class NotOgg(MediaError):
    """These are no pages of Ogg; the message says what they are instead."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of a stream."""

    data: bytes
    begins_stream: bool
    """Whether it is the first one of its stream: what came before belongs to another."""


class OggReader:
    """Bytes in, the packets of the first stream out, and of those that follow it (chained)."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._serial: int | None = None
        self._begun = bytearray()
        self._begins_stream = False

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Take the next bytes.

        Raises:
            NotOgg: there is no page where one must begin, or a packet has no end.
        """
        self._bytes += data
        while (page := self._next_page()) is not None:
            yield from self._packets(page)

    def _next_page(self) -> bytes | None:
        if not CAPTURE.startswith(self._bytes[: len(CAPTURE)]):
            raise NotOgg(f"no page of Ogg begins with {bytes(self._bytes[:4])!r}")
        size = self._page_size()
        if size is None or len(self._bytes) < size:
            return None
        page = bytes(self._bytes[:size])
        if _checksum(page) != int.from_bytes(page[_CHECKSUM_AT : _CHECKSUM_AT + 4], "little"):
            raise NotOgg("the checksum of a page is wrong")
        del self._bytes[:size]
        return page

    def _page_size(self) -> int | None:
        """Of the page that begins here; None: it cannot be known yet."""
        if len(self._bytes) < _HEADER.size:
            return None
        segments = self._bytes[_HEADER.size - 1]
        body_at = _HEADER.size + segments
        if len(self._bytes) < body_at:
            return None
        return body_at + sum(self._bytes[_HEADER.size : body_at])

    def _packets(self, page: bytes) -> Iterator[Packet]:
        _, _, flags, _, serial, _, _, segments = _HEADER.unpack_from(page)
        if flags & _FIRST:
            self._serial, self._begins_stream = serial, True
            self._begun.clear()
        if serial != self._serial:
            return  # another stream beside the first one
        if not flags & _CONTINUED:
            self._begun.clear()  # its end was lost
        place = _HEADER.size + segments
        for length in page[_HEADER.size : _HEADER.size + segments]:
            self._begun += page[place : place + length]
            place += length
            if len(self._begun) > LONGEST_PACKET:
                raise NotOgg(f"a packet has more than {LONGEST_PACKET} bytes")
            if length < 255:
                yield Packet(bytes(self._begun), self._begins_stream)
                self._begun.clear()
                self._begins_stream = False


class OggWriter:
    """Packets in, pages out, each with one packet: who listens waits for nothing."""

    def __init__(self, serial: int) -> None:
        self._serial = serial
        self._number = 0

    def page(self, packet: bytes, granule: int, *, is_last: bool = False) -> bytes:
        """A page with a packet of fewer than 65,025 bytes; `granule` is the place of its end."""
        lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
        flags = (_FIRST if not self._number else 0) | (_LAST if is_last else 0)
        header = _HEADER.pack(
            CAPTURE, 0, flags, granule, self._serial, self._number, 0, len(lacing)
        )
        self._number += 1
        page = bytearray(header + lacing + packet)
        page[_CHECKSUM_AT : _CHECKSUM_AT + 4] = _checksum(bytes(page)).to_bytes(4, "little")
        return bytes(page)


_TURNED: Final = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))


def _checksum(page: bytes) -> int:
    """Of a page, its own place for it counted as zeros (RFC 3533 §6).

    It is the CRC that everybody has, with the bits of each octet and of the result in the other
    order, and without the inversions.
    """
    blank = page[:_CHECKSUM_AT] + bytes(4) + page[_CHECKSUM_AT + 4 :]
    turned = zlib.crc32(blank.translate(_TURNED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int(f"{turned:032b}"[::-1], 2)
