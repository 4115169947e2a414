"""The clip library: sounds by name, decoded before they are needed so that they start at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from media.clips.clip import load_clip, load_measured_clip
from media.clips.loudness import loudness_of
from media.clips.tone_set import TONES
from speaker.calls.call_tones import NAMES as CALL_TONES
from speaker.sound.clip_levels import ClipLevels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conf.settings import Settings
    from media.clips.loudness import Loudness
    from media.frame import FloatArray

log = structlog.get_logger(__name__)

SUFFIXES: Final = (".wav", ".mp3", ".opus", ".ogg", ".au", ".flac")
"""Endings that a clip's name may leave out; of several files that differ in it the first counts."""


class UnknownClip(LookupError):
    """There is no clip of this name; the message lists those that there are."""


def clips_named(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every clip that a setting names, with the setting's key."""
    if settings.announcement.clip:
        yield "announcement.clip", settings.announcement.clip
    if settings.audio.call_progress_tones:
        for name in CALL_TONES:
            yield "audio.call_progress_tones", name
    for place, clip in enumerate(settings.clips):
        yield f"clips[{place}].name", clip.name
    for place, rule in enumerate(settings.rules):
        for number, action in enumerate(rule.action):
            if action.type == "play_clip":
                yield f"rules[{place}].action[{number}].clip", action.clip


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A clip that is ready to play."""

    samples: FloatArray
    """Mono, 48 kHz, as recorded."""
    gain_db: float
    """At which it is to be played, beside the gain that whoever plays it wants."""


class ClipLibrary:
    """Clips by name: the tones that the program makes, and the files of a folder.

    A file is named with or without its ending: `bell` and `bell.mp3` are the same clip.
    """

    def __init__(self, folder: Path, levels: ClipLevels | None = None) -> None:
        """Know the files of `folder`; without `levels` all are played as recorded."""
        self._folder = folder
        self._levels = levels or ClipLevels()
        self._loaded: dict[str, Clip] = {}

    def at(self, levels: ClipLevels) -> ClipLibrary:
        """The same clips at other levels, with nothing loaded yet."""
        return ClipLibrary(self._folder, levels)

    def become(self, other: ClipLibrary) -> None:
        """Have from now on what another library of the same folder has."""
        self._levels, self._loaded = other._levels, other._loaded

    def names(self) -> list[str]:
        """Every name that `load` knows."""
        files = (path for path in self._files() if path.suffix.lower() in SUFFIXES)
        return sorted({*TONES, *(path.stem for path in files)})

    def load(self, name: str) -> Clip:
        """A clip, ready to play; the first time this takes as long as decoding takes.

        Raises:
            UnknownClip: the name is not in the library.
            ClipError: the file cannot be decoded; the message says why.
        """
        if name not in self._loaded:
            self._loaded[name] = self._decode(name)
        return self._loaded[name]

    def _decode(self, name: str) -> Clip:
        path = self._path(name)
        if path is None and name not in TONES:
            raise UnknownClip(f"is none of the clips, which are {', '.join(self.names())}")
        level = self._levels.of(name) if path is None else self._levels.of(path.name, path.stem)
        if level.target_lufs is None:
            return Clip(TONES[name]() if path is None else load_clip(path), level.gain_db)
        samples, loudness = _made(name) if path is None else load_measured_clip(path)
        normalizing_db = loudness.gain_db(level.target_lufs)
        short_db = level.target_lufs - loudness.integrated_lufs - normalizing_db
        log.info(
            "clip measured",
            clip=name,
            lufs=round(loudness.integrated_lufs, 1),
            true_peak_db=round(loudness.true_peak_db, 1),
            gain_db=round(normalizing_db, 1),
            too_quiet_by_db=round(short_db, 1) if 0.05 < short_db < math.inf else 0.0,
        )
        return Clip(samples, level.gain_db + normalizing_db)

    def _path(self, name: str) -> Path | None:
        """The file of a clip; names are plain, so that none leads out of the folder."""
        files = sorted(self._files())
        exact = (path for path in files if path.name == name)
        by_stem = (
            path
            for suffix in SUFFIXES
            for path in files
            if path.stem == name and path.suffix.lower() == suffix
        )
        return next(exact, None) or next(by_stem, None)

    def _files(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("*") if path.is_file())


def _made(tone: str) -> tuple[FloatArray, Loudness]:
    samples = TONES[tone]()
    return samples, loudness_of(samples)
