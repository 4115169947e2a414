"""Faults of the program: what becomes of the part in which they happen, and what is told of it.

A voice that raises is stopped, so that all others go on: each is guarded by itself wherever voices
take turns. What serves all of them begins anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from media.engine.clip_voice import ClipVoice
from media.engine.events import EngineEvent, PartFailed
from media.engine.feed import FeedVoice
from media.engine.stream_voice import StreamVoice

Voice: TypeAlias = StreamVoice | ClipVoice | FeedVoice

Failed: TypeAlias = dict[Voice, Exception]
"""Those that raised in this tick, each with its first fault."""

TOLD_EVERY_S: Final = 60.0
"""A trace of a kilobyte for each tick would fill the disk."""

LONGEST_WORDS: Final = 200


class FaultTeller:
    """Tells of each voice once, of other parts once in a while. `now` is monotonic seconds."""

    def __init__(self, tell: Callable[[EngineEvent], None]) -> None:
        self._tell = tell
        self._quiet_until: dict[str, float] = {}

    def blame(self, voice: Voice, fault: Exception) -> None:
        """Tell of a voice's first fault: what fails while it ends is of no interest."""
        if not voice.has_failed:
            voice.has_failed = True
            self._tell(PartFailed(voice.title, fault))

    def tell(self, part: str, fault: Exception, now: float) -> None:
        """Tell of a part's fault, unless one of its faults was told less than a minute ago."""
        if now >= self._quiet_until.get(part, now):
            self._quiet_until[part] = now + TOLD_EVERY_S
            self._tell(PartFailed(part, fault))


def in_words(fault: Exception) -> str:
    """What a fault says of itself, for people."""
    return f"{type(fault).__name__}: {fault}"[:LONGEST_WORDS].removesuffix(": ")
