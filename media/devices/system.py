"""`system` and `system:NAME`: sound cards and sound servers, through PortAudio.

The library calls back on a thread of its own, at the card's pace; the engine's tick and that
thread meet in a ring of 48 kHz. How full the loudspeaker's ring is tells the engine whether it
ticks too fast; the microphone's samples are resampled to that pace, whatever its own is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from media.devices.card import WatchedCard
from media.devices.card_format import CardFormat, FromCard, ToCard
from media.devices.filling import Filling
from media.devices.following import Following
from media.devices.portaudio import PORTAUDIO, Card, PortAudio, Stream
from media.devices.ring import Ring
from media.devices.seam import Seam
from media.frame import FRAME_SAMPLES, RATE_HZ, TICK_S, FloatArray, silence

LATENCY_S: Final = 0.04
"""Asked of the card: four periods of 10 ms. Two were measured to be too few on a busy machine."""
CAPACITY: Final = 20 * FRAME_SAMPLES
SLACK: Final = 5 * FRAME_SAMPLES
"""How much more than wanted may wait; what is older is dropped, so that the delay stays short."""

_PLAY_OUT_S: Final = 0.5


class SystemOutput:
    """A loudspeaker of the system."""

    def __init__(
        self,
        name: str,
        *,
        host: PortAudio = PORTAUDIO,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._card = WatchedCard("output", name, self._make, host=host, clock=clock)
        self._ring = Ring(CAPACITY)
        self._filling = Filling()
        self._to_card = ToCard(CardFormat())
        self._seam = Seam()
        self._silence = silence()
        self._flowing = False
        self._is_ending = False
        self._underruns = 0

    @property
    def underruns(self) -> int:
        """Times the card found too little in the ring, or told of a gap of its own."""
        return self._underruns

    @property
    def delay_s(self) -> float:
        """Seconds until what is written now is heard."""
        return self._ring.level / RATE_HZ + self._to_card.delay_s + self._card.delay_s

    def open(self) -> None:
        """Open the card, or begin to wait for it.

        Raises:
            NoSoundLibrary: waiting will not help.
        """
        self._is_ending = False
        self._card.open()

    def write(self, frame: FloatArray | None, now: float) -> None:  # noqa: ARG002
        """Put a frame into the ring; what does not fit because the card stands still is lost."""
        self._filling.note(self._ring.level, flowing=self._flowing)
        self._ring.write(self._silence if frame is None else frame)

    def keep_delay_under(self, seconds: float) -> None:
        """Let less wait in the ring where the card takes much."""
        taken_s = self._to_card.delay_s + self._card.delay_s
        self._filling.allow((seconds - taken_s) * RATE_HZ - FRAME_SAMPLES)

    def pace(self) -> float | None:
        """Slower while the ring fills up."""
        return 1.0 + self._filling.correction

    def trouble(self, now: float) -> str:
        """Why the card does not play."""
        return self._card.trouble(now)

    def close(self) -> None:
        """Let the card play what is in the ring, half a second at most."""
        if self._flowing:
            self._is_ending = True
            until = time.monotonic() + _PLAY_OUT_S
            while self._ring.level and time.monotonic() < until:
                time.sleep(TICK_S)  # the engine has stopped ticking: this thread may wait
            # PortAudio was heard to drop the last 10 ms that it had taken: let silence be those.
            time.sleep(LATENCY_S)
        self._card.close()

    def _make(
        self, library: Any, card: Card, card_format: CardFormat, on_end: Callable[[], None]
    ) -> Stream:
        self._flowing = False
        self._to_card = ToCard(card_format)
        stream: Stream = library.RawOutputStream(
            samplerate=card_format.rate_hz, channels=card_format.channels, dtype="float32",
            blocksize=card_format.block, latency=LATENCY_S, device=card.index,
            callback=self._fill, finished_callback=on_end,
        )  # fmt: skip
        return stream

    def _fill(self, data: Any, frames: int, times: Any, status: Any) -> None:
        """Called by the library: give the card its next samples."""
        self._card.note_call()
        self._card.note_delay(times.outputBufferDacTime - times.currentTime)
        sound = np.empty(self._to_card.lacking(frames), dtype=np.float32)
        self._seam.mend(sound, self._read(sound))
        self._to_card.turn(sound, data)
        if status.output_underflow and self._flowing:
            self._underruns += 1

    def _read(self, into: FloatArray) -> int:
        """Take from the ring what waits there, if enough does; how much that was."""
        level, wanted = self._ring.level, self._filling.wanted
        if not self._flowing and level < wanted:
            return 0
        if level > wanted + SLACK:
            self._ring.drop(level - wanted)
            self._seam.drop()
        given = self._ring.read(into)
        short = given < into.size
        if short and self._flowing and not self._is_ending:
            self._underruns += 1
            self._filling.want_more()
        self._flowing = not short
        return given


class SystemInput:
    """A microphone of the system."""

    def __init__(
        self,
        name: str,
        *,
        host: PortAudio = PORTAUDIO,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._card = WatchedCard("input", name, self._make, host=host, clock=clock)
        self._ring = Ring(CAPACITY)
        self._filling = Filling()
        self._following = Following()
        self._from_card = FromCard(CardFormat())
        self._flowing = False

    @property
    def delay_s(self) -> float:
        """Seconds since what is read now was spoken."""
        return self._ring.level / RATE_HZ + self._from_card.delay_s + self._card.delay_s

    def open(self) -> None:
        """Open the card, or begin to wait for it.

        Raises:
            NoSoundLibrary: waiting will not help.
        """
        self._card.open()

    def read(self, into: FloatArray, played: FloatArray | None, now: float) -> None:  # noqa: ARG002
        """Take a frame from the ring; silence until enough waits there."""
        level, wanted = self._ring.level, self._filling.wanted
        if level > wanted + SLACK:
            self._ring.drop(level - wanted)
            level = wanted
        if self._flowing and level < FRAME_SAMPLES:
            self._filling.want_more()
            self._flowing = False
        elif level >= wanted:
            self._flowing = True
        if self._flowing:
            self._following.note_tick(level, wanted, now)
            self._ring.read(into)
        else:
            into.fill(0.0)

    def keep_delay_under(self, seconds: float) -> None:
        """Let less wait in the ring where the card takes much."""
        taken_s = self._from_card.delay_s + self._card.delay_s
        self._filling.allow((seconds - taken_s) * RATE_HZ)

    def trouble(self, now: float) -> str:
        """Why the card does not record."""
        return self._card.trouble(now)

    def close(self) -> None:
        """Give the card back."""
        self._card.close()

    def _make(
        self, library: Any, card: Card, card_format: CardFormat, on_end: Callable[[], None]
    ) -> Stream:
        self._following = Following(card_format.rate_hz)
        self._from_card = FromCard(card_format)
        stream: Stream = library.RawInputStream(
            samplerate=card_format.rate_hz, channels=card_format.channels, dtype="float32",
            blocksize=card_format.block, latency=LATENCY_S, device=card.index,
            callback=self._take, finished_callback=on_end,
        )  # fmt: skip
        return stream

    def _take(self, data: Any, frames: int, times: Any, status: object) -> None:  # noqa: ARG002
        """Called by the library: here are the card's next samples."""
        self._following.note_card(frames, self._card.note_call())
        self._card.note_delay(times.currentTime - times.inputBufferAdcTime)
        self._ring.write(self._from_card.turn(data, self._following.ratio))
