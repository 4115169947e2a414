"""The clip library: sounds by name, decoded before they are needed so that they start at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from media.clip import load_clip
from media.tone_set import TONES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conf.settings import Settings
    from media.frame import FloatArray

SUFFIXES: Final = (".wav", ".mp3", ".opus", ".ogg", ".au", ".flac")
"""Endings that a clip's name may leave out; of several files that differ in it the first counts."""


class UnknownClip(LookupError):
    """There is no clip of this name; the message lists those that there are."""


def clips_named(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every clip that a setting names, with the setting's key."""
    if settings.announcement.clip:
        yield "announcement.clip", settings.announcement.clip
    for place, rule in enumerate(settings.rules):
        for number, action in enumerate(rule.action):
            if action.type == "play_clip":
                yield f"rules[{place}].action[{number}].clip", action.clip


class ClipLibrary:
    """Clips by name: the tones that the program makes, and the files of a folder.

    A file is named with or without its ending: `bell` and `bell.mp3` are the same clip. Samples
    are mono at 48 kHz.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._decoded: dict[str, FloatArray] = {}

    def names(self) -> list[str]:
        """Every name that `load` knows."""
        files = (path for path in self._files() if path.suffix.lower() in SUFFIXES)
        return sorted({*TONES, *(path.stem for path in files)})

    def load(self, name: str) -> None:
        """Make a clip ready to play; takes as long as decoding takes.

        Raises:
            UnknownClip: the name is not in the library.
            ClipError: the file cannot be decoded; the message says why.
        """
        if name not in self._decoded:
            self._decoded[name] = self._decode(name)

    def samples(self, name: str) -> FloatArray:
        """The samples of a clip; decoded now if `load` has not done it before."""
        self.load(name)
        return self._decoded[name]

    def _decode(self, name: str) -> FloatArray:
        path = self._path(name)
        if path is not None:
            return load_clip(path)
        if name in TONES:
            return TONES[name]()
        raise UnknownClip(f"is none of the clips, which are {', '.join(self.names())}")

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
