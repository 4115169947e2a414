"""`system` and `system:NAME`: sound cards and sound servers, through PortAudio.

The library calls back on a thread of its own, at the card's pace; the engine's tick and that
thread meet in a ring. How full the ring is tells the engine whether it ticks too fast.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from media.devices.device import SoundDeviceError
from media.devices.filling import Filling
from media.devices.portaudio import Stream, close_stream, open_stream
from media.devices.ring import Ring
from media.devices.seam import Seam
from media.frame import FRAME_SAMPLES, RATE_HZ, TICK_S, FloatArray, silence
from media.realtime import ask_for_punctuality

LATENCY_S: Final = 0.04
"""Asked of the card: four periods of 10 ms. Two were measured to be too few on a busy machine."""
CAPACITY: Final = 20 * FRAME_SAMPLES
SLACK: Final = 5 * FRAME_SAMPLES
"""How much more than wanted may wait; what is older is dropped, so that the delay stays short."""

STALE_S: Final = 3.0
"""A card that did not call back for so long is lost; a sound server may need two to start."""
RETRY_S: Final = 3.0
_PLAY_OUT_S: Final = 0.5


class _Card:
    """One direction of a card: opened, watched, and opened again when it was lost."""

    def __init__(self, role: str, name: str, make: Callable[[Any], Stream]) -> None:
        self._role = role
        self._name = name
        self._make = make
        self._stream: Stream | None = None
        self._closing = threading.Event()
        self._reviver: threading.Thread | None = None
        self._reason = ""
        self._called_at = 0.0
        self._has_called = False
        self._finished = False

    def open(self) -> None:
        self._closing.clear()
        self._connect()

    def trouble(self, now: float) -> str:
        if self._reviver is not None:
            if self._reviver.is_alive():
                return self._reason
            self._reviver = None
            self._reason = ""
        if self._stream is None or (not self._finished and now - self._called_at < STALE_S):
            return ""
        state = "the card went away" if self._finished else f"no call for {STALE_S:.0f} s"
        self._reason = f"{self._role} system{self._name and ':'}{self._name}: {state}"
        self._reviver = threading.Thread(target=self._revive, name="sound card", daemon=True)
        self._reviver.start()
        return self._reason

    def note_call(self) -> None:
        """Called by the library's thread each time, before all else."""
        if not self._has_called:
            self._has_called = True
            ask_for_punctuality()
        self._called_at = time.monotonic()

    def note_end(self) -> None:
        """Called by the library: it will not call back any more."""
        self._finished = True

    def close(self) -> None:
        self._closing.set()
        if self._reviver is not None:
            self._reviver.join(RETRY_S)
            self._reviver = None
        works = not self._finished and time.monotonic() - self._called_at < STALE_S
        self._disconnect(play_out=works)

    def _connect(self) -> None:
        self._finished = self._has_called = False
        self._stream = open_stream(self._role, self._name, self._make)
        self._called_at = time.monotonic()

    def _disconnect(self, *, play_out: bool) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            close_stream(stream, play_out=play_out)

    def _revive(self) -> None:
        self._disconnect(play_out=False)
        while not self._closing.wait(RETRY_S):
            try:
                self._connect()
            except SoundDeviceError as problem:
                self._reason = str(problem)
            else:
                return


class SystemOutput:
    """A loudspeaker of the system."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._card = _Card("output", name, self._make)
        self._ring = Ring(CAPACITY)
        self._filling = Filling()
        self._seam = Seam()
        self._silence = silence()
        self._flowing = False
        self._is_ending = False
        self._underruns = 0

    @property
    def underruns(self) -> int:
        """Times the card found too little in the ring, or told of a gap of its own."""
        return self._underruns

    def open(self) -> None:
        """Open the card.

        Raises:
            SoundDeviceError: it cannot be opened.
        """
        self._is_ending = False
        self._card.open()

    def write(self, frame: FloatArray | None, now: float) -> None:  # noqa: ARG002
        """Put a frame into the ring; what does not fit because the card stands still is lost."""
        self._filling.note(self._ring.level, flowing=self._flowing)
        self._ring.write(self._silence if frame is None else frame)

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

    def _make(self, library: Any) -> Stream:
        self._flowing = False
        stream: Stream = library.RawOutputStream(
            samplerate=RATE_HZ, channels=1, dtype="float32", blocksize=FRAME_SAMPLES,
            latency=LATENCY_S, device=self._name or None, callback=self._fill,
            finished_callback=self._card.note_end,
        )  # fmt: skip
        return stream

    def _fill(self, data: Any, frames: int, times: object, status: Any) -> None:  # noqa: ARG002
        """Called by the library: give the card its next samples."""
        self._card.note_call()
        samples = np.frombuffer(data, dtype=np.float32)
        given = 0
        level, wanted = self._ring.level, self._filling.wanted
        if self._flowing or level >= wanted:
            if level > wanted + SLACK:
                self._ring.drop(level - wanted)
                self._seam.drop()
            given = self._ring.read(samples)
            short = given < frames
            if short and self._flowing and not self._is_ending:
                self._underruns += 1
                self._filling.want_more()
            self._flowing = not short
        self._seam.mend(samples, given)
        if status.output_underflow and self._flowing:
            self._underruns += 1


class SystemInput:
    """A microphone of the system."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._card = _Card("input", name, self._make)
        self._ring = Ring(CAPACITY)
        self._filling = Filling()
        self._flowing = False

    def open(self) -> None:
        """Open the card.

        Raises:
            SoundDeviceError: it cannot be opened.
        """
        self._card.open()

    def read(self, into: FloatArray, played: FloatArray | None, now: float) -> None:  # noqa: ARG002
        """Take a frame from the ring; silence until enough waits there."""
        level = self._ring.level
        self._filling.note(level, flowing=self._flowing)
        wanted = self._filling.wanted
        if level > wanted + SLACK:
            self._ring.drop(level - wanted)
        if self._flowing and level < FRAME_SAMPLES:
            self._filling.want_more()
            self._flowing = False
        elif level >= wanted:
            self._flowing = True
        if self._flowing:
            self._ring.read(into)
        else:
            into.fill(0.0)

    def pace(self) -> float | None:
        """Faster while the ring fills up."""
        return 1.0 - self._filling.correction

    def trouble(self, now: float) -> str:
        """Why the card does not record."""
        return self._card.trouble(now)

    def close(self) -> None:
        """Give the card back."""
        self._card.close()

    def _make(self, library: Any) -> Stream:
        stream: Stream = library.RawInputStream(
            samplerate=RATE_HZ, channels=1, dtype="float32", blocksize=FRAME_SAMPLES,
            latency=LATENCY_S, device=self._name or None, callback=self._take,
            finished_callback=self._card.note_end,
        )  # fmt: skip
        return stream

    def _take(self, data: Any, frames: int, times: object, status: object) -> None:  # noqa: ARG002
        """Called by the library: here are the card's next samples."""
        self._card.note_call()
        self._ring.write(np.frombuffer(data, dtype=np.float32))
