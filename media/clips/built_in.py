"""The tones that the program makes, made once for the process: they are the same for ever."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from media.clips.facts import ClipFacts, facts_of
from media.clips.tone_set import TONES
from media.frame import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class BuiltInTone:
    """A tone that is ready to play. It stays in memory."""

    name: str
    samples: FloatArray
    """Mono, 48 kHz, read-only."""

    @property
    def facts(self) -> ClipFacts:
        """What it measures."""
        return facts_of_tone(self.name)


@cache
def built_in_tone(name: str) -> BuiltInTone:
    """One of `TONES`; the first time this takes up to 60 ms."""
    samples = TONES[name]()
    samples.flags.writeable = False
    return BuiltInTone(name, samples)


@cache
def facts_of_tone(name: str) -> ClipFacts:
    """What one of `TONES` measures; its sound is not kept: most are listed and never heard."""
    return facts_of(TONES[name]())
