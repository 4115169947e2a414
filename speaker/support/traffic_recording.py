"""A recording of the speaker's traffic, piece by piece while it is made."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import TYPE_CHECKING, Final

from nat.local_address import NoRoute, local_address_towards
from speaker.support.pcap import FILE_HEADER, Message, PcapWriter
from speaker.support.sip_masking import masked_sip

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import AsyncGenerator

    from speaker.support.traffic_tap import Heard, TrafficTap

LARGEST: Final = 64 * 2**20
"""Octets: a call of G.711 makes 2.5 MB a minute in both directions."""

FETCH_EVERY_S: Final = 0.2
MOST_PEERS: Final = 1024
"""Whose way from us is remembered."""


async def recorded(
    tap: TrafficTap, duration_s: float, *, mask: bool, largest: int = LARGEST
) -> AsyncGenerator[bytes, None]:
    """The pieces of a pcap file; the first comes at once, the last after `duration_s`.

    It ends before that when it has reached `largest` octets. `mask`: without secrets of SIP.

    Raises:
        TooManyRecordings: others are under way.
    """
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + duration_s
    recorder = _Recorder(mask=mask)
    with tap.recording() as heard:
        yield FILE_HEADER
        size = len(FILE_HEADER)
        while size < largest:
            left_s = ends_at - loop.time()
            await asyncio.sleep(min(FETCH_EVERY_S, max(left_s, 0.0)))
            piece = await asyncio.to_thread(recorder.written, heard)
            if piece:
                size += len(piece)
                yield piece
            if left_s <= FETCH_EVERY_S:
                return


class _Recorder:
    def __init__(self, *, mask: bool) -> None:
        self._mask = mask
        self._writer = PcapWriter()
        self._ours: dict[str, str] = {}  # by peer

    def written(self, heard: deque[Heard]) -> bytes:
        """Records of what has been heard so far, which is taken away."""
        piece = bytearray()
        for _ in range(len(heard)):
            for record in self._records(heard.popleft()):
                piece += record
        return bytes(piece)

    def _records(self, each: Heard) -> list[bytes]:
        remote = _plain(each.remote[0])
        local = _plain(each.local[0])
        try:
            if ipaddress.ip_address(local).is_unspecified:
                local = self._towards(remote)
            ends = [(local, each.local[1]), (remote, each.remote[1])]
            source, destination = ends if each.is_sent else reversed(ends)
            data = masked_sip(each.data) if self._mask and each.is_sip else each.data
            message = Message(each.at, source, destination, data, each.is_stream)
            return [*self._writer.records(message)]
        except ValueError:  # a name, of a server that was not found
            return []

    def _towards(self, remote: str) -> str:
        if remote not in self._ours:
            if len(self._ours) >= MOST_PEERS:
                self._ours.clear()
            try:
                self._ours[remote] = local_address_towards(remote)
            except NoRoute:
                self._ours[remote] = "::" if ":" in remote else "0.0.0.0"  # noqa: S104
        return self._ours[remote]


def _plain(host: str) -> str:
    """Without the interface of a link-local address; an IPv4 address in its own form."""
    host = host.partition("%")[0]
    return host.removeprefix("::ffff:") if "." in host else host
