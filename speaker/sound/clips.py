"""The clip library: sounds by name, decoded before they are needed so that they start at once."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from media.clips.built_in import built_in_tone, facts_of_tone
from media.clips.clip import LONGEST_S, ClipError
from media.clips.clip_cache import key_of
from media.clips.tone_set import TONES
from speaker.sound.clip_levels import ClipLevels
from speaker.sound.clip_names import SUFFIXES
from speaker.sound.clip_refusals import MissingClip, UnknownClip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from media.clips.built_in import BuiltInTone
    from media.clips.clip_cache import CachedClip, ClipCache
    from media.clips.facts import ClipFacts
    from media.frame import FloatArray
    from speaker.sound.clip_levels import ClipLevel

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A clip that is ready to play."""

    samples: FloatArray
    """Mono, 48 kHz, as recorded."""
    gain_db: float
    """At which it is to be played, beside the gain that whoever plays it wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipEntry:
    """A clip of the library, whether it can be played or not."""

    name: str
    file: Path | None
    """None: a tone of the program."""
    size_bytes: int = 0
    """Of its file."""
    changed_at: float = 0.0
    """When its file was last changed, Unix time."""
    facts: ClipFacts | None = None
    """None: it has not been decoded yet, or cannot be."""
    problem: str = ""
    """Why it cannot be."""


class ClipLibrary:
    """Clips by name: the tones that the program makes, and the files of a folder.

    A file is named with or without its ending: `bell` and `bell.mp3` are the same clip. Threads may
    use it at once; most calls wait for the disk.
    """

    def __init__(self, folder: Path, cache: ClipCache, levels: ClipLevels | None = None) -> None:
        """Know the files of `folder`; without `levels` all are played as recorded."""
        self.folder = folder
        self.cache = cache
        self.levels = levels or ClipLevels()
        """May be replaced at any time; counts for what is played from then on."""
        self.longest_s: float = LONGEST_S
        """Of a clip; likewise."""
        self.was_known: Callable[[str], bool] = lambda _name: False
        """Whether there once was a clip of this name."""
        self._loaded: dict[str, CachedClip] = {}
        self._refused: dict[Path, tuple[str, str]] = {}  # what could not be decoded: key and why

    def names(self) -> list[str]:
        """Every name that `load` knows."""
        return sorted({*TONES, *self._by_stem()})

    def load(self, name: str) -> Clip:
        """A clip, ready to play; the first time this takes as long as decoding takes.

        Raises:
            MissingClip: there was such a clip.
            UnknownClip: there never was.
            ClipError: the file cannot be decoded; the message says why.
        """
        path = self.path(name)
        if path is not None:
            found = self._file(name, path)
            level = self.levels.of(path.name, path.stem)
        elif (kept := self._loaded.get(name)) is not None:  # the file was taken away since
            found, level = kept, self.levels.of(name)
        elif name in TONES:
            return self._leveled(name, built_in_tone(name), self.levels.of(name))
        elif self.was_known(name):
            raise MissingClip("was deleted; the speaker does without it until there is another one")
        else:
            raise UnknownClip(f"is none of the clips, which are {', '.join(self.names())}")
        found.read_ahead()
        return self._leveled(name, found, level)

    def forget(self, name: str) -> None:
        """Do not play from memory what was loaded under this name, with or without its ending."""
        for known in (name, *(name + suffix for suffix in SUFFIXES)):
            self._loaded.pop(known, None)

    def path(self, name: str) -> Path | None:
        """The file of a clip; names are plain, so that none leads out of the folder."""
        files = sorted(self._files())
        exact = (path for path in files if path.name == name)
        return next(exact, None) or self._by_stem(files).get(name)

    def is_built_in(self, name: str) -> bool:
        """Whether it is a tone, and no file has taken its place."""
        return name in TONES and self.path(name) is None

    def entries(self) -> list[ClipEntry]:
        """All clips by their name; decodes nothing."""
        files = self._by_stem()
        tones = [
            ClipEntry(name=name, file=None, facts=facts_of_tone(name))
            for name in TONES
            if name not in files
        ]
        found = (self._entry(name, file) for name, file in files.items())
        return sorted([*tones, *(each for each in found if each)], key=lambda each: each.name)

    def entry(self, name: str) -> ClipEntry:
        """One of them; `name` with or without its ending.

        Raises:
            UnknownClip: there is none of this name.
        """
        file = self.path(name)
        entry = None if file is None else self._entry(file.stem, file)
        if entry is None:
            if name not in TONES:
                raise UnknownClip(f"there is no clip {name!r}")
            entry = ClipEntry(name=name, file=None, facts=facts_of_tone(name))
        return entry

    def undecoded(self) -> list[Path]:
        """The files that somebody has put into the folder, and that nobody has asked for yet."""
        entries = (self._entry(name, file) for name, file in self._by_stem().items())
        return [each.file for each in entries if each and each.file and not _is_known(each)]

    def decode(self, file: Path, *, gently: bool = False) -> CachedClip:
        """Decode a file of the folder now; remember why when it cannot be.

        `gently`: other programs come first.

        Raises:
            ClipError: it cannot be decoded.
        """
        try:
            return self.cache.load(file, longest_s=self.longest_s, gently=gently)
        except ClipError as problem:
            try:
                self._refused[file] = (key_of(file), problem.reason)
            except OSError:
                self._refused.pop(file, None)
            raise

    def files(self) -> list[Path]:
        """All files of the folder."""
        return list(self._files())

    def _entry(self, name: str, file: Path) -> ClipEntry | None:
        try:
            found, key = file.stat(), key_of(file)
        except OSError:
            return None  # gone since it was listed
        decoded = self.cache.find(file)
        refused_key, why = self._refused.get(file, ("", ""))
        return ClipEntry(
            name=name,
            file=file,
            size_bytes=found.st_size,
            changed_at=found.st_mtime,
            facts=None if decoded is None else decoded.facts,
            problem=why if refused_key == key and decoded is None else "",
        )

    def _file(self, name: str, path: Path) -> CachedClip:
        kept = self._loaded.get(name)
        try:
            if kept is not None and kept.key == key_of(path):
                return kept
        except OSError:
            if kept is not None:
                return kept
        self._loaded[name] = found = self.decode(path)
        return found

    def _leveled(self, name: str, found: BuiltInTone | CachedClip, level: ClipLevel) -> Clip:
        if level.target_lufs is None:
            return Clip(found.samples, level.gain_db)
        loudness = found.facts.loudness
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
        return Clip(found.samples, level.gain_db + normalizing_db)

    def _by_stem(self, files: list[Path] | None = None) -> dict[str, Path]:
        """Names without endings; of files that differ only there the first of `SUFFIXES` counts."""
        places = {suffix: place for place, suffix in enumerate(SUFFIXES)}
        found: dict[str, Path] = {}
        for path in sorted(self._files()) if files is None else files:
            place = places.get(path.suffix.lower())
            if place is None:
                continue
            other = found.get(path.stem)
            if other is None or place < places[other.suffix.lower()]:
                found[path.stem] = path
        return found

    def _files(self) -> Iterator[Path]:
        try:
            with os.scandir(self.folder) as found:
                yield from (Path(each.path) for each in found if each.is_file())
        except OSError:
            return


def _is_known(entry: ClipEntry) -> bool:
    return entry.facts is not None or bool(entry.problem)
