"""Sound that a program sends by HTTP: one at a time, played as it comes."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

import structlog

from media.engine.commands import StartFeed, StopFeed
from media.engine.engine import EngineNotRunning
from media.engine.events import CommandRefused, FeedFinished, FeedId
from media.engine.feed import CAPACITY_S, Feed
from media.engine.feed_writer import FeedWriter
from speaker.sound.priorities import TRANSMISSION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from media.bytestream.decoding import StreamDecoder
    from media.engine.events import EngineEvent
    from speaker.calls.call_media import Sound
    from speaker.events import Bus

log = structlog.get_logger(__name__)

NAME: Final = "audio.transmit"

_LONGEST_END_S: Final = CAPACITY_S + 0.5
"""For what waits to be played."""


class AnotherTransmits(Exception):
    """There is one transmitter at a time."""


class TransmissionStopped(Exception):
    """The speaker has ended it."""


class Transmission:
    """One, from its first byte to the last sample that is heard."""

    def __init__(
        self, feed: FeedId, decoder: StreamDecoder, *, start_s: float, clock: Callable[[], float]
    ) -> None:
        self.feed = feed
        self.sound = Feed()
        self.ended = asyncio.Event()
        """The engine has told of its end."""
        self._decoder = decoder
        self._clock = clock
        self._writer = FeedWriter(self.sound, decoder.rate_hz, start_s=start_s)
        self.bytes = 0

    async def play(self, data: bytes) -> None:
        """Take the next bytes; returns when there is room for more.

        Raises:
            MediaError: they are not what their media type says.
            TransmissionStopped: the speaker has ended it.
        """
        self.bytes += len(data)
        for block in self._decoder.decode(data):
            if self.ended.is_set():
                raise TransmissionStopped
            wait_s = self._writer.push(block, self._clock())
            # Whatever the sender does, others have their turn between two blocks.
            await asyncio.sleep(wait_s)

    async def finish(self) -> None:
        """Return when all has been heard."""
        self._writer.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_END_S):
                await self.ended.wait()

    def figures(self) -> dict[str, float | int | bool]:
        """How it went, for the log."""
        return {
            "bytes": self.bytes,
            "gaps": self.sound.gaps,
            "left_out_s": round(self._writer.dropped_s, 1),
            "live": self._writer.is_live,
        }


class Transmitter:
    """Lets one program transmit, and tells the bus. Used on the main loop."""

    def __init__(self, sound: Sound, bus: Bus, *, clock: Callable[[], float]) -> None:
        """`clock` tells monotonic seconds."""
        self._sound = sound
        self._bus = bus
        self._clock = clock
        self._serial = itertools.count(1)
        self._running: Transmission | None = None
        bus.set(NAME, False, user="")

    @asynccontextmanager
    async def transmitting(
        self, decoder: StreamDecoder, *, user: str, start_s: float
    ) -> AsyncIterator[Transmission]:
        """While somebody transmits; what is still waiting at the end is cut off.

        Raises:
            AnotherTransmits: somebody else does.
        """
        if self._running is not None:
            raise AnotherTransmits("somebody else is transmitting")
        feed = FeedId(f"transmission/{next(self._serial)}")
        running = Transmission(feed, decoder, start_s=start_s, clock=self._clock)
        self._sound.submit(StartFeed(feed, running.sound, TRANSMISSION))
        self._running = running
        log.info("transmission begins", user=user)
        self._bus.set(NAME, True, user=user)
        try:
            yield running
        finally:
            self._running = None
            if not running.ended.is_set():
                with suppress(EngineNotRunning):
                    self._sound.submit(StopFeed(feed))
            log.info("transmission ends", user=user, **running.figures())
            self._bus.set(NAME, False, user="")

    def stop(self) -> None:
        """End what is being transmitted, if anything is."""
        if self._running is not None:
            self._running.ended.set()
            with suppress(EngineNotRunning):
                self._sound.submit(StopFeed(self._running.feed))

    def on_sound_event(self, event: EngineEvent) -> None:
        """Note the engine's word that a transmission is over, or cannot be."""
        running = self._running
        if running is None:
            return
        match event:
            case FeedFinished(feed) if feed == running.feed:
                running.ended.set()
            case CommandRefused(command) if command == f"StartFeed {running.feed}":
                running.ended.set()
            case _:
                pass
