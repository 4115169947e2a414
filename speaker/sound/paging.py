"""Pages: multicast RTP that is heard as soon as it arrives and as long as it lasts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from media.engine.commands import StartStream, StopStream
from media.engine.events import (
    EngineEvent,
    StreamId,
    StreamSaidGoodbye,
    StreamSilent,
    StreamStopped,
)
from media.stream.listening import listening_stream
from media.stream.rtp_stream import RtpStream
from speaker.sound.priorities import page

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from conf.settings import MulticastSettings, MulticastSourceSettings
    from nat.datagram_path import Datagram
    from nat.udp_path import UdpPath
    from speaker.calls.call_media import Sound
    from speaker.events import Bus
    from speaker.reports.call_reporter import CallReporter

log = structlog.get_logger(__name__)

PAGE_ENDS_AFTER_S = 1.0
"""A page is over when its source has been silent for so long: longer than any gap in a stream."""

PAGE_HEADROOM_S = 0.03
"""By how much later than a call's the sound of a page is played: nobody answers a page, and senders
that read a file pace themselves unevenly."""


class _Lent:
    """The group's path while a page lasts: hears, never speaks, leaves the socket open."""

    def __init__(self, path: UdpPath) -> None:
        self._path: UdpPath | None = path
        self.port = path.port

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        """Nothing: who only listens to a group does not report to all of it."""

    def receive(self) -> Sequence[Datagram]:
        return () if self._path is None else self._path.receive()

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


class Paging:
    """Waits at every multicast source; the first packet of a page starts its stream in the engine.

    Between pages the main loop watches the sockets; during a page the engine reads them, the first
    packet included.
    """

    def __init__(
        self,
        settings: MulticastSettings,
        *,
        sound: Sound,
        bus: Bus,
        loop: asyncio.AbstractEventLoop,
        reporter: CallReporter,
    ) -> None:
        self._settings = settings
        self._sound = sound
        self._bus = bus
        self._loop = loop
        self._reporter = reporter
        self._sources: dict[StreamId, _Source] = {}

    def add(self, settings: MulticastSourceSettings, path: UdpPath) -> None:
        """Wait for pages of a source on a path that has joined its group."""
        source = _Source(settings, path, StreamId(f"page/{settings.label}"))
        self._sources[source.stream] = source
        self._wait(source)

    def close(self) -> None:
        """Leave the groups; what the engine still tells of their pages is of no concern."""
        for source in self._sources.values():
            self._loop.remove_reader(source.path.fileno())
            source.path.close()
        self._sources.clear()

    def _wait(self, source: _Source) -> None:
        self._publish(source, active=False)
        self._loop.add_reader(source.path.fileno(), self._begin, source)

    def _begin(self, source: _Source) -> None:
        self._loop.remove_reader(source.path.fileno())
        log.info("page begins", source=source.settings.label)
        source.begun_at = self._loop.time()
        core = RtpStream(
            listening_stream(self._settings.codec),
            ssrc=secrets.randbits(32),
            first_sequence=0,
            first_timestamp=0,
            cname="",
            headroom_s=PAGE_HEADROOM_S,
        )
        self._sound.submit(
            StartStream(
                stream=source.stream,
                rtp=_Lent(source.path),
                rtcp=_Deaf(),
                core=core,
                placement=page(source.settings.priority),
                silence_limit_s=PAGE_ENDS_AFTER_S,
            )
        )
        self._publish(source, active=True)

    def _publish(self, source: _Source, *, active: bool) -> None:
        label = source.settings.label
        self._bus.set("multicast.active", active, of=label, source=label)

    def _report(self, source: _Source, stopped: StreamStopped) -> None:
        self._reporter.page_ended(
            source.settings.label,
            (source.settings.address, source.settings.port),
            self._loop.time() - source.begun_at,
            stopped,
        )

    def on_sound_event(self, event: EngineEvent) -> None:
        """End the page of a source that has fallen silent; wait for its next one."""
        match event:
            case StreamSilent(stream) | StreamSaidGoodbye(stream) if stream in self._sources:
                self._sound.submit(StopStream(stream))
            case StreamStopped(stream) if stream in self._sources:
                source = self._sources[stream]
                log.info("page ends", source=source.settings.label)
                self._report(source, event)
                self._wait(source)
            case _:
                pass
