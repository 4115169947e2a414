"""What people near the speaker hear of a call that it places: that it rings, that it has failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from speaker.sound.clip_player import CANNOT_PLAY
from speaker.sound.priorities import CALL

if TYPE_CHECKING:
    from media.engine.events import ClipId
    from speaker.calls.call import Call
    from speaker.sound.clip_player import ClipPlayer

log = structlog.get_logger(__name__)

RINGBACK, BUSY, CONGESTION = "ringback", "busy", "congestion"
NAMES: Final = (RINGBACK, BUSY, CONGESTION)
"""The clips; a file of such a name takes the tone's place."""

ENDLESSLY: Final = -1
FAILURE_REPEATS: Final = 2

_BUSY_CODES: Final = frozenset((486, 600, 603))
"""Somebody is there and does not want to talk; all else that fails is the line's fault."""


class CallTones:
    """Plays the tones of calls in progress, where the settings want them."""

    def __init__(self, player: ClipPlayer, *, wanted: bool) -> None:
        self._player = player
        self.wanted = wanted
        """Whether the next tone is heard."""

    def ring(self, call: Call) -> None:
        """The other side rings; once for each call."""
        if call.ringback is None:
            call.ringback = self._play(RINGBACK, ENDLESSLY)

    def quiet(self, call: Call) -> None:
        """The call is answered, or its own sound is heard, or it is over."""
        if call.ringback is not None:
            self._player.stop(call.ringback)
            call.ringback = None

    def fail(self, call: Call, code: int) -> None:
        """The call has come to nothing, because of this final response."""
        self.quiet(call)
        self._play(BUSY if code in _BUSY_CODES else CONGESTION, FAILURE_REPEATS)

    def _play(self, name: str, repeat: int) -> ClipId | None:
        if not self.wanted:
            return None
        try:
            return self._player.play(name, CALL, repeat=repeat, stoppable=False)
        except CANNOT_PLAY as error:
            log.warning("a call's tone is not heard", tone=name, why=str(error))
            return None
