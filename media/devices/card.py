"""One direction of a card: opened, watched, and opened again when it was lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from media.devices.device import SoundDeviceError
from media.devices.portaudio import Lease, Make, NoSoundLibrary, PortAudio, Role
from media.devices.realtime import ask_for_punctuality

STALE_S: Final = 3.0
"""A card that did not call back for so long is lost; a sound server may need two to start."""

_SMOOTHING: Final = 0.02
_BELIEVABLE_S: Final = (-0.1, 2.5)
"""Wireless loudspeakers in a network take two seconds; what is more is another clock's time."""


class WatchedCard:
    """A card that may be missing at first, go away and come back.

    `make` makes a stream of it, on a thread that may wait. All else but `open` and `close` is for
    the engine's thread and the library's.
    """

    def __init__(
        self, role: Role, name: str, make: Make, *, host: PortAudio, clock: Callable[[], float]
    ) -> None:
        self._role = role
        self._name = name
        self._make = make
        self._host = host
        self._clock = clock
        self._lease: Lease | None = None
        self._closing = threading.Event()
        self._reviver: threading.Thread | None = None
        self._reason = ""
        self._called_at = 0.0
        self._has_called = False
        self._finished = False
        self.delay_s = 0.0
        """Between the library's calls and the card's connectors, on average."""

    def open(self) -> None:
        """Open the card; one that is not there, or refuses, is tried again until it is.

        Raises:
            NoSoundLibrary: waiting will not help.
        """
        self._closing.clear()
        try:
            self._connect()
        except NoSoundLibrary:
            raise
        except SoundDeviceError as problem:
            self._try_again_after(str(problem))

    def trouble(self, now: float) -> str:
        """Why the card is of no use now; empty when it is."""
        if self._reviver is not None:
            if self._reviver.is_alive():
                return self._reason
            self._reviver = None
            self._reason = ""
        if self._lease is None or self._works(now):
            return ""
        state = "the card went away" if self._finished else f"no call for {STALE_S:.0f} s"
        self._try_again_after(f"{self._lease}: {state}")
        return self._reason

    def note_call(self) -> float:
        """Called by the library's thread each time, before all else; the time."""
        now = self._clock()
        if not self._has_called:
            self._has_called = True
            ask_for_punctuality()
        self._called_at = now
        return now

    def note_delay(self, delay_s: float) -> None:
        """What the library says of the delay at one call. Sound servers tell nonsense at times."""
        least, most = _BELIEVABLE_S
        if least < delay_s < most:
            self.delay_s += _SMOOTHING * (max(delay_s, 0.0) - self.delay_s)

    def close(self) -> None:
        """Give the card back. May be called twice."""
        self._closing.set()
        if self._reviver is not None:
            self._reviver.join(self._host.retry_s)
            self._reviver = None
        self._disconnect(play_out=self._works(self._clock()))

    def _works(self, now: float) -> bool:
        return not self._finished and now - self._called_at < STALE_S

    def _note_end(self) -> None:
        """Called by the library: it will not call back any more."""
        self._finished = True

    def _connect(self) -> None:
        self._finished = self._has_called = False
        lease = self._host.open(self._role, self._name, self._make_stream, self._note_end)
        self._called_at = self._clock()
        self._lease = lease

    def _make_stream(self, library: Any, *details: Any) -> Any:
        stream = self._make(library, *details)
        self.delay_s = stream.latency
        return stream

    def _disconnect(self, *, play_out: bool) -> None:
        lease, self._lease = self._lease, None
        if lease is not None:
            self._host.close(lease, play_out=play_out)

    def _try_again_after(self, reason: str) -> None:
        self._reason = reason
        self._reviver = threading.Thread(target=self._revive, name="sound card", daemon=True)
        self._reviver.start()

    def _revive(self) -> None:
        self._disconnect(play_out=False)
        while not self._closing.wait(self._host.retry_s):
            try:
                self._connect()
            except SoundDeviceError as problem:
                self._reason = str(problem)
            else:
                break
        if self._closing.is_set():
            self._disconnect(play_out=False)
