"""Pages: multicast RTP that is heard as soon as it arrives and as long as it lasts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from conf.settings import MulticastSettings
from conf.validation.problem import Problem
from media.engine.commands import StartStream, StopStream
from media.engine.events import (
    EngineEvent,
    StreamFailed,
    StreamId,
    StreamSaidGoodbye,
    StreamSilent,
    StreamStopped,
)
from media.engine.stream_sound import StreamSound
from media.stream.listening import listening_stream
from media.stream.rtp_stream import RtpStream
from nat.multicast import open_multicast_path
from speaker.change import NOTHING, Prepared, Unavailable
from speaker.sound.page_wait import STRAYS_FOR_S, PageWait
from speaker.sound.priorities import page

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping, Sequence

    from conf.settings import MulticastSourceSettings, PageCodecName
    from media.stream.statistics import StreamStatistics
    from nat.datagram_path import Datagram, Tap
    from nat.udp_path import UdpPath
    from speaker.calls.call_media import Sound
    from speaker.change import Change
    from speaker.events import Bus
    from speaker.reports.call_reporter import CallReporter

log = structlog.get_logger(__name__)

CONDITION: Final = "multicast.active"

PAGE_ENDS_AFTER_S = 1.0
"""A page is over when its source has been silent for so long: longer than any gap in a stream."""

FAILED_REST_S = 10.0
"""After a fault of the program its source is left alone for so long: each packet of a page that
fails would begin it anew."""

PAGE_HEADROOM_S = 0.03
"""By how much later than a call's the sound of a page is played: nobody answers a page, and senders
that read a file pace themselves unevenly."""


class _Lent:
    """The group's path while a page lasts: hears, never speaks, leaves the socket open."""

    def __init__(self, path: UdpPath, begun_with: Sequence[Datagram]) -> None:
        """`begun_with` was read before."""
        self._path: UdpPath | None = path
        self._begun_with = begun_with
        self.port = path.port

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        """Nothing: who only listens to a group does not report to all of it."""

    def receive(self) -> Sequence[Datagram]:
        if self._path is None:
            return ()
        first, self._begun_with = self._begun_with, ()
        return (*first, *self._path.receive())

    def close(self) -> None:
        self._path = None


class _Deaf:
    """Stands for the RTCP of a page, of which we take no part."""

    port = 0

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        """Nothing goes out."""

    def receive(self) -> Sequence[Datagram]:
        return ()

    def close(self) -> None:
        """Nothing was open."""


@dataclass(slots=True, eq=False)
class _Source:
    settings: MulticastSourceSettings
    path: UdpPath
    stream: StreamId
    begun_at: float = 0.0
    """When its page began, monotonic seconds."""
    wait: PageWait | None = None
    """None: a page of it is on."""
    has_failed: bool = False
    """Whether a fault of the program ended its page."""

    @property
    def place(self) -> tuple[str, int]:
        """Address and port of the group that was joined."""
        return self.settings.address, self.settings.port


class Paging:
    """Waits at every multicast source; the first packet of a page starts its stream in the engine.

    Between pages the main loop reads the sockets, and passes over what begins none; during a page
    the engine reads them, and gets the first packet too. The page is of whoever sent that one.
    """

    def __init__(
        self,
        *,
        bind: str | None = None,
        sound: Sound,
        bus: Bus,
        loop: asyncio.AbstractEventLoop,
        reporter: CallReporter,
        tap: Tap | None = None,
    ) -> None:
        """`bind` is the address of the interface to join groups on; None: as the routes say.

        `tap` hears what arrives.
        """
        self._bind = bind
        self._tap = tap
        self._codec: PageCodecName = MulticastSettings().codec
        self._sound = sound
        self._bus = bus
        self._loop = loop
        self._reporter = reporter
        self._sources: dict[StreamId, _Source] = {}
        self._ending: dict[StreamId, _Source] = {}  # that were left amid a page

    async def prepare(self, change: Change) -> Prepared:
        """See `Part.prepare`: joins the groups that are new."""
        if not change.concerns(lambda settings: settings.multicast):
            return NOTHING
        new = change.new.multicast
        sources = new.sources if new.enabled else ()
        joined: dict[str, UdpPath] = {}
        problems = []
        for place, source in enumerate(sources):
            if self._has_joined(source):
                continue
            try:
                joined[source.label] = open_multicast_path(
                    source.address, source.port, interface=self._bind, tap=self._tap
                )
            except (OSError, ValueError) as error:
                problems.append(_cannot_join(place, source, error))
        if problems:
            _close(joined)
            sentence = "; ".join(problem.rule for problem in problems)
            raise Unavailable(problems, f"multicast {sentence}")
        return Prepared(lambda _now: self._take(new, joined), lambda: _close(joined))

    def _has_joined(self, wanted: MulticastSourceSettings) -> bool:
        known = self._sources.get(_stream_of(wanted))
        return known is not None and known.place == (wanted.address, wanted.port)

    def _take(self, settings: MulticastSettings, joined: Mapping[str, UdpPath]) -> None:
        """Hear these sources; a page of one that stays goes on as it began."""
        self._codec = settings.codec
        wanted = {_stream_of(each): each for each in settings.sources if settings.enabled}
        for stream, source in tuple(self._sources.items()):
            if stream not in wanted or source.settings.label in joined:
                self._leave(source)
        for stream, each in wanted.items():
            if each.label in joined:
                self.add(each, joined[each.label])
            else:
                self._sources[stream].settings = each

    def add(self, settings: MulticastSourceSettings, path: UdpPath) -> None:
        """Wait for pages of a source on a path that has joined its group."""
        source = _Source(settings, path, _stream_of(settings))
        self._sources[source.stream] = source
        self._wait(source)

    def _leave(self, source: _Source) -> None:
        """Hear a source no more; its page, if it has one, ends."""
        del self._sources[source.stream]
        if source.wait is None:
            self._sound.submit(StopStream(source.stream))
            self._ending[source.stream] = source
        else:
            source.wait.end()
            source.path.close()
        self._bus.forget(CONDITION, of=source.settings.label)

    def close(self) -> None:
        """Leave the groups; what the engine still tells of their pages is of no concern."""
        for source in self._sources.values():
            if source.wait is not None:
                source.wait.end()
            source.path.close()
        self._sources.clear()
        for source in self._ending.values():
            source.path.close()
        self._ending.clear()

    def _wait(self, source: _Source, rest_s: float = 0.0) -> None:
        self._publish(source, active=False)
        source.wait = PageWait(
            source.path,
            self._loop,
            awaited=lambda: listening_stream(self._codec),
            begin=partial(self._begin, source),
            tell_strays=partial(self._report_strays, source),
            rest_s=rest_s,
        )

    def _begin(self, source: _Source, first: Sequence[Datagram]) -> None:
        log.info("page begins", source=source.settings.label, sender=first[0].source[0])
        source.begun_at, source.wait = self._loop.time(), None
        core = RtpStream(
            listening_stream(self._codec),
            ssrc=secrets.randbits(32),
            first_sequence=0,
            first_timestamp=0,
            cname="",
            headroom_s=PAGE_HEADROOM_S,
            follows=False,
        )
        self._sound.submit(
            StartStream(
                stream=source.stream,
                rtp=_Lent(source.path, first),
                rtcp=_Deaf(),
                core=core,
                placement=page(source.settings.priority),
                silence_limit_s=PAGE_ENDS_AFTER_S,
            )
        )
        self._publish(source, active=True)

    def _publish(self, source: _Source, *, active: bool) -> None:
        label = source.settings.label
        self._bus.set(CONDITION, active, of=label, source=label)

    def _report(self, source: _Source, stopped: StreamStopped) -> None:
        self._reporter.page_ended(
            source.settings.label,
            source.place,
            self._loop.time() - source.begun_at,
            stopped,
        )

    def _report_strays(self, source: _Source, strays: StreamStatistics) -> None:
        """What came was no page, but much: whoever looks for a page that is not heard finds it."""
        self._reporter.page_ended(
            source.settings.label,
            source.place,
            STRAYS_FOR_S,
            StreamStopped(source.stream, strays, StreamSound(open_s=STRAYS_FOR_S)),
        )

    def on_sound_event(self, event: EngineEvent) -> None:
        """End the page of a source that has fallen silent; wait for its next one."""
        match event:
            case StreamSilent(stream) | StreamSaidGoodbye(stream) if stream in self._sources:
                self._sound.submit(StopStream(stream))
            case StreamFailed(stream) if stream in self._sources:
                self._sources[stream].has_failed = True
            case StreamStopped(stream) if stream in self._ending:
                source = self._ending.pop(stream)
                self._report(source, event)
                source.path.close()
            case StreamStopped(stream) if stream in self._sources:
                source = self._sources[stream]
                log.info("page ends", source=source.settings.label)
                self._report(source, event)
                rest_s = FAILED_REST_S if source.has_failed else 0.0
                source.has_failed = False
                self._wait(source, rest_s)
            case _:
                pass


def _stream_of(source: MulticastSourceSettings) -> StreamId:
    return StreamId(f"page/{source.label}")


def _cannot_join(place: int, source: MulticastSourceSettings, error: Exception) -> Problem:
    where = f"source {source.label!r}: {source.address} port {source.port}"
    return Problem(f"multicast.sources[{place}]", "", f"{where} cannot be joined: {error}")


def _close(joined: Mapping[str, UdpPath]) -> None:
    for path in joined.values():
        path.close()
