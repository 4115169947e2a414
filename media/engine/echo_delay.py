"""How late an echo comes by the sound devices, and that it stays where cancellers look for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from media.devices.device import InputDevice, OutputDevice
from media.echo.canceller import LONGEST_DELAY_S
from media.engine.events import EchoTooLate, EngineEvent

_LASTS_S: Final = 3.0
"""Longer than a card is strange for when it has just been opened."""


class EchoDelay:
    """Watches both devices; asks them to hold back less where it comes to too much."""

    def __init__(
        self, output: OutputDevice, input_: InputDevice, tell: Callable[[EngineEvent], None]
    ) -> None:
        self.seconds = 0.0
        """From the engine to the room and back, without the way through the air; 0: no echo is
        cancelled."""
        self._output = output
        self._input = input_
        self._tell = tell
        self._late_since: float | None = None
        self._is_told = False

    def look(self, now: float, *, is_cancelled: bool) -> None:
        """To be called now and then. `is_cancelled`: echo is looked for."""
        if not is_cancelled:
            if self.seconds:
                self._output.keep_delay_under(math.inf)
                self._input.keep_delay_under(math.inf)
            self.seconds = 0.0
            return
        played, recorded = self._output.delay_s, self._input.delay_s
        self._output.keep_delay_under(LONGEST_DELAY_S - recorded)
        self._input.keep_delay_under(LONGEST_DELAY_S - played)
        self.seconds = played + recorded
        if self.seconds <= LONGEST_DELAY_S:
            self._late_since = None
        elif self._late_since is None:
            self._late_since = now
        elif now - self._late_since >= _LASTS_S and not self._is_told:
            self._is_told = True
            self._tell(EchoTooLate(played, recorded))
