"""The voices that espeak-ng has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from media.speech.errors import UnknownVoice
from media.speech.program import run

_LINE: Final = re.compile(r"\s*\d+\s+(\S+)\s+\S*/[MF-]?\s+(\S.*?)\s+(\S+)\s*((?:\(\S+ \d+\))*)\s*")
_ALIAS: Final = re.compile(r"\((\S+) (\d+)\)")
_VARIANT: Final = re.compile(r"\s*\d+\s+\S+\s+\S+\s+.*?\s!v/([A-Za-z0-9_-]+)\s*")
_BY_ANOTHER_PROGRAM: Final = "mb/"
"""Voices of MBROLA, which would have to be started."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How one language, or dialect, is spoken."""

    language: str
    """`en-gb`."""
    name: str
    """For people."""
    file: str
    """Where the program has it."""
    also: tuple[tuple[str, int], ...] = ()
    """Other languages that it may stand for, the better the lower the number."""


@dataclass(frozen=True, slots=True)
class Voices:
    """All of them, by their languages, and the variants in which each can speak."""

    voices: tuple[Voice, ...]
    variants: tuple[str, ...]

    def find(self, wanted: str) -> str:
        """What the program calls the voice `LANGUAGE` or `LANGUAGE+VARIANT`.

        Raises:
            UnknownVoice: there is no such language or variant.
        """
        asked, plus, variant = wanted.partition("+")
        voice = self._voice(asked)
        if voice is None:
            raise UnknownVoice(f"{asked!r} is none of the voices' languages")
        if plus and variant not in self.variants:
            raise UnknownVoice(f"{variant!r} is none of the variants of voices")
        # By its language it does not find all of them, and forgets the variant.
        return voice.file + plus + variant

    def _voice(self, asked: str) -> Voice | None:
        asked = asked.lower()
        exact = (each for each in self.voices if each.language.lower() == asked)
        also = [
            (number, voice)
            for voice in self.voices
            for language, number in voice.also
            if language.lower() == asked
        ]
        return next(exact, None) or min(also, key=itemgetter(0), default=(0, None))[1]


def list_voices() -> Voices:
    """Ask the program. Waits some ten ms.

    Raises:
        SpeechError: it is not installed, or fails.
    """
    languages = run(["--voices"]).decode(errors="replace")
    variants = run(["--voices=variant"]).decode(errors="replace")
    return parse_voices(languages, variants)


def parse_voices(languages: str, variants: str) -> Voices:
    """Read the two tables of the program; lines that are something else are left out."""
    voices: dict[str, Voice] = {}
    for line in languages.splitlines():
        found = _LINE.fullmatch(line)
        if found is not None and not found[3].startswith(_BY_ANOTHER_PROGRAM):
            name = found[2].replace("_", " ").strip()
            also = tuple((language, int(number)) for language, number in _ALIAS.findall(found[4]))
            voices.setdefault(found[1], Voice(found[1], name, found[3], also))
    shapes = (_VARIANT.fullmatch(line) for line in variants.splitlines())
    return Voices(tuple(voices.values()), tuple(sorted({each[1] for each in shapes if each})))
