"""Waiting at a multicast group until a page begins, whatever else is sent there meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from media.stream.listening import Arrival, arrival
from media.stream.statistics import StreamStatistics
from nat.udp_path import MAXIMUM_PER_RECEIVE

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from media.sdp.agreement import AgreedStream
    from nat.datagram_path import Datagram
    from nat.udp_path import UdpPath

FLOOD_PAUSE_S: Final = 0.02
"""Nothing is read for so long after a whole batch of what begins no page: the main loop has more to
do, and the socket drops what does not fit."""

STRAYS_FOR_S: Final = 1.0
STRAYS_TOLD: Final = 10
"""So many datagrams that begin no page, within `STRAYS_FOR_S`, are a pager with another codec, or
another program: of that there is a report. A page has 16 at least (60 ms each); fewer are nobody's
trouble."""


@dataclass(slots=True)
class Strays:
    """What came within `STRAYS_FOR_S` and begins no page."""

    other_sound: int = 0
    no_rtp: int = 0

    def count(self, kind: Arrival) -> None:
        """Take one."""
        self.other_sound += kind is Arrival.OTHER_SOUND
        self.no_rtp += kind is Arrival.NO_RTP

    @property
    def are_many(self) -> bool:
        """Whether somebody would want to know."""
        return self.other_sound + self.no_rtp >= STRAYS_TOLD

    @property
    def statistics(self) -> StreamStatistics:
        """Those of a page of which nothing can be heard."""
        return StreamStatistics(
            packets_of_unknown_type=self.other_sound, packets_malformed=self.no_rtp
        )


class PageWait:
    """Reads a group's socket on the main loop while there is no page.

    A datagram that is RTP of the awaited codec ends the wait; it is handed on with all that came
    behind it. Others are counted, and change nothing.
    """

    def __init__(
        self,
        path: UdpPath,
        loop: asyncio.AbstractEventLoop,
        *,
        awaited: Callable[[], AgreedStream],
        begin: Callable[[Sequence[Datagram]], None],
        tell_strays: Callable[[StreamStatistics], None],
        rest_s: float = 0.0,
    ) -> None:
        """What comes in the first `rest_s` is thrown away."""
        self._path = path
        self._loop = loop
        self._awaited = awaited
        self._begin = begin
        self._tell_strays = tell_strays
        self._descriptor = path.fileno()
        self._pause: asyncio.TimerHandle | None = None
        self._telling: asyncio.TimerHandle | None = None
        self._strays = Strays()
        if rest_s:
            self._pause = loop.call_later(rest_s, self._wake)
        else:
            self._watch()

    def end(self) -> None:
        """Read no more. Ending twice is allowed."""
        self._loop.remove_reader(self._descriptor)
        for timer in (self._pause, self._telling):
            if timer is not None:
                timer.cancel()
        self._pause = self._telling = None

    def _wake(self) -> None:
        self._path.receive()
        self._watch()

    def _watch(self) -> None:
        self._pause = None
        self._loop.add_reader(self._descriptor, self._look)

    def _look(self) -> None:
        awaited = self._awaited()
        datagrams = self._path.receive()
        for place, datagram in enumerate(datagrams):
            kind = arrival(datagram.data, awaited)
            if kind is Arrival.SOUND:
                self.end()
                self._begin(datagrams[place:])
                return
            self._count(kind)
        if len(datagrams) >= MAXIMUM_PER_RECEIVE:
            self._loop.remove_reader(self._descriptor)
            self._pause = self._loop.call_later(FLOOD_PAUSE_S, self._watch)

    def _count(self, kind: Arrival) -> None:
        self._strays.count(kind)
        if self._telling is None:
            self._telling = self._loop.call_later(STRAYS_FOR_S, self._tell)

    def _tell(self) -> None:
        self._telling = None
        strays, self._strays = self._strays, Strays()
        if strays.are_many:
            self._tell_strays(strays.statistics)
