"""Hears what passes the speaker's own sockets, while somebody records it.

SIP is heard on the main loop, with the encryption of TLS taken off; sound on the engine's thread,
as it is on the wire. While nobody records, a packet costs one comparison.
"""

from __future__ import annotations

import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from sip.flow import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sip.flow import Flow

MOST_WAITING: Final = 20_000
"""Packets of one recording that nobody has fetched; the oldest are lost. 64 calls make 6,400 a
second."""

MOST_RECORDINGS: Final = 2
"""At the same time."""


class TooManyRecordings(Exception):
    """`MOST_RECORDINGS` are under way."""


class Heard(NamedTuple):
    """One message or packet."""

    at: float
    """Unix time, seconds."""
    local: tuple[str, int]
    """`0.0.0.0` and `::`: some address of ours."""
    remote: tuple[str, int]
    is_sent: bool
    is_sip: bool
    is_stream: bool
    data: bytes


class TrafficTap:
    """Where both threads tell what passes. Appending to a deque is safe from any thread."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._recordings: tuple[deque[Heard], ...] = ()

    def sip(self, data: bytes, flow: Flow, *, is_sent: bool) -> None:
        """A SIP message as it is sent or has arrived."""
        if self._recordings:
            self._tell(
                Heard(
                    self._wall(),
                    local=(flow.local.host, flow.local.port),
                    remote=(flow.remote.host, flow.remote.port),
                    is_sent=is_sent,
                    is_sip=True,
                    is_stream=flow.transport is not Transport.UDP,
                    data=data,
                )
            )

    def datagram(
        self, data: bytes, local: tuple[str, int], remote: tuple[str, int], *, is_sent: bool
    ) -> None:
        """A packet of sound, or of its reports and keys."""
        if self._recordings:
            heard = Heard(self._wall(), local, remote, is_sent, False, False, data)
            self._tell(heard)

    @contextmanager
    def recording(self) -> Iterator[deque[Heard]]:
        """What passes is put into the deque until the end, for whoever fetches it.

        Raises:
            TooManyRecordings: this is one too many.
        """
        if len(self._recordings) >= MOST_RECORDINGS:
            raise TooManyRecordings(f"{MOST_RECORDINGS} recordings are under way")
        heard: deque[Heard] = deque(maxlen=MOST_WAITING)
        self._recordings = (*self._recordings, heard)
        try:
            yield heard
        finally:
            self._recordings = tuple(each for each in self._recordings if each is not heard)

    def _tell(self, heard: Heard) -> None:
        for recording in self._recordings:
            recording.append(heard)
