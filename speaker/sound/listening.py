"""The microphone for programs: encoded once for all who hear the same format, never waited for."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import deque
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

import numpy as np
import structlog

from media.bytestream.encoding import FRAME_S
from media.engine.commands import StartListening, StopListening
from media.engine.engine import EngineNotRunning
from media.engine.events import ListenerId
from media.engine.listeners import listening_ring
from media.frame import RATE_HZ
from media.resampling.whole_factor import resampler

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from media.bytestream.encoding import StreamFormat
    from speaker.calls.call_media import Sound
    from speaker.events import Bus

log = structlog.get_logger(__name__)

NAME: Final = "audio.listeners"

WAITING_FRAMES: Final = 50
"""A second. Who reads so slowly that more would wait loses the oldest."""

_FRAME_SAMPLES: Final = round(FRAME_S * RATE_HZ)


class TooManyListeners(Exception):
    """As many as allowed listen already; the message says how many."""


class Listener:
    """One program. Iterating over it gives the bytes for it, 20 ms at a time, until it is ended."""

    def __init__(self, wanted: StreamFormat) -> None:
        self._framing = wanted.framing(secrets.randbits(32))
        self._frames: deque[bytes] = deque(maxlen=WAITING_FRAMES)
        self._news = asyncio.Event()
        self._is_ended = False
        self.lost_frames = 0

    def hear(self, frame: bytes) -> None:
        """Take a frame, in place of the oldest one if it must be."""
        self.lost_frames += len(self._frames) == WAITING_FRAMES
        self._frames.append(frame)
        self._news.set()

    def end(self) -> None:
        """Nothing more comes."""
        self._is_ended = True
        self._news.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        begin = self._framing.begin()
        if begin:
            yield begin
        while not self._is_ended:
            await self._news.wait()
            self._news.clear()
            while self._frames and not self._is_ended:
                yield self._framing.frame(self._frames.popleft())


class _Channel:
    """One format, and those who hear it."""

    def __init__(self, wanted: StreamFormat, identity: ListenerId, sound: Sound) -> None:
        self.listeners: set[Listener] = set()
        self._identity = identity
        self._sound = sound
        self._ring = listening_ring()
        self._resampler = resampler(RATE_HZ, wanted.rate_hz)
        self._encoder = wanted.encoder()
        sound.submit(StartListening(identity, self._ring))
        self._task = asyncio.create_task(self._encode())

    async def _encode(self) -> None:
        block = np.zeros(_FRAME_SAMPLES, dtype=np.float32)
        while True:
            await asyncio.sleep(FRAME_S)
            while self._ring.level >= block.size:
                self._ring.read(block)
                samples = block if self._resampler is None else self._resampler.resample(block)
                frame = self._encoder.encode(samples)
                for listener in self.listeners:
                    listener.hear(frame)

    def close(self) -> None:
        self._task.cancel()
        with suppress(EngineNotRunning):
            self._sound.submit(StopListening(self._identity))


class Listening:
    """All who listen. Used on the main loop."""

    def __init__(self, sound: Sound, bus: Bus) -> None:
        self._sound = sound
        self._bus = bus
        self._channels: dict[StreamFormat, _Channel] = {}
        self._serial = itertools.count(1)
        bus.set(NAME, 0)

    @property
    def count(self) -> int:
        """How many listen."""
        return sum(len(channel.listeners) for channel in self._channels.values())

    @asynccontextmanager
    async def listening(
        self, wanted: StreamFormat, *, user: str, most: int
    ) -> AsyncIterator[Listener]:
        """While somebody listens.

        Raises:
            TooManyListeners: `most` do already.
        """
        if self.count >= most:
            raise TooManyListeners(f"{self.count} are listening, and no more may")
        listener = Listener(wanted)
        channel = self._channels.get(wanted)
        if channel is None:
            identity = ListenerId(f"{wanted.codec}/{next(self._serial)}")
            channel = self._channels[wanted] = _Channel(wanted, identity, self._sound)
        channel.listeners.add(listener)
        log.info("somebody listens to the microphone", user=user, codec=wanted.codec)
        self._bus.set(NAME, self.count)
        try:
            yield listener
        finally:
            channel.listeners.discard(listener)
            if not channel.listeners:
                channel.close()
                del self._channels[wanted]
            self._bus.set(NAME, self.count)
            log.info(
                "somebody does not listen any more", user=user, lost_frames=listener.lost_frames
            )

    def end(self) -> None:
        """Let nobody listen any more."""
        for channel in self._channels.values():
            for listener in channel.listeners:
                listener.end()
