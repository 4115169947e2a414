"""Adds clips to the library, renames and deletes them, with all that depends on their names."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from conf.sections.clip_library import MEGABYTE
from conf.validation.problem import BadSettings
from media.clips.clip import ClipError
from media.clips.clip_cache import key_of
from media.clips.tone_set import TONES
from speaker.sound.clip_names import SUFFIXES, clip_name, plain_stem, suffix_for
from speaker.sound.clip_refusals import (
    BuiltInClip,
    ClipExists,
    ClipInUse,
    DiskTrouble,
    LibraryFull,
    NotPlayable,
    UnknownClip,
)
from speaker.sound.clip_uses import (
    entry_of,
    uses_of,
    with_clip_entry,
    with_new_name,
    without_clip_entry,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from conf.settings import ClipSettings
    from conf.store.settings_store import SettingsStore
    from media.clips.clip_cache import CachedClip
    from speaker.sound.clip_numbers import ClipNumbers
    from speaker.sound.clips import ClipEntry, ClipLibrary

log = structlog.get_logger(__name__)

KINDS = ", ".join(suffix.removeprefix(".") for suffix in SUFFIXES)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, for the audit log."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class NumberedClip:
    """A clip as those know it who manage the library."""

    number: int
    entry: ClipEntry
    settings: ClipSettings | None
    """How it is played, where `[[clips]]` says something of it."""
    used_by: tuple[str, ...]
    """Keys of the settings that would miss it."""


class Librarian:
    """The library's keeper. All calls may wait for the disk: none is for the main loop's thread.

    Changes come one after the other, whichever threads ask for them.
    """

    def __init__(self, library: ClipLibrary, numbers: ClipNumbers, store: SettingsStore) -> None:
        self.library = library
        self.numbers = numbers
        self._store = store
        self._changing = threading.Lock()
        library.was_known = lambda name: numbers.knows(name) or numbers.knows(plain_stem(name))

    # --- what there is ---------------------------------------------------------------------------

    def clips(self) -> list[NumberedClip]:
        """All, by their name.

        Raises:
            StoreError: a clip is new, and its number cannot be kept.
        """
        return self._numbered(self.library.entries())

    def clip(self, name: str) -> NumberedClip:
        """The one that goes by `name`, with or without its ending.

        Raises:
            UnknownClip: there is none.
            StoreError: as of `clips`.
        """
        return self._numbered([self.library.entry(name)])[0]

    def numbered(self, number: int) -> NumberedClip:
        """The one that has a number.

        Raises:
            UnknownClip: none has it.
        """
        self.clips()  # what somebody has put into the folder gets its number
        name = self.numbers.name_of(number)
        if name is None:
            raise UnknownClip(f"there is no clip {number}")
        return self.clip(name)

    def _numbered(self, entries: list[ClipEntry]) -> list[NumberedClip]:
        numbers = self.numbers.of([*sorted(TONES), *(entry.name for entry in entries)])
        settings = self._store.settings
        found = []
        for entry in entries:
            names = _names(entry)
            found.append(
                NumberedClip(
                    numbers[entry.name],
                    entry,
                    entry_of(settings, names),
                    tuple(uses_of(settings, names)),
                )
            )
        return found

    # --- changes ---------------------------------------------------------------------------------

    def examine(self, file: Path) -> CachedClip:
        """Decode a file that is to be a clip. Takes some seconds for a long one.

        Raises:
            NotPlayable: the message says what is wrong with it.
        """
        longest_s = self._store.settings.clip_library.max_length_s
        try:
            clip = self.library.cache.load(file, longest_s=longest_s, gently=True)
        except ClipError as problem:
            raise NotPlayable(problem.reason) from problem
        facts = clip.facts
        if suffix_for(facts.container, facts.codec) is None:
            self.library.cache.forget(clip.key)
            told = facts.container.partition(",")[0]
            raise NotPlayable(f"it is a file of the kind {told}, and clips are {KINDS}")
        if facts.is_silent:
            self.library.cache.forget(clip.key)
            raise NotPlayable(f"it is silent, all of its {facts.length_s:.1f} s")
        return clip

    def check_name(self, text: str, *, replace: bool) -> str:
        """The name of a clip that is to be added.

        Raises:
            BadClipName: it can be none.
            ClipExists: there is such a clip, and it is not to be replaced.
            BuiltInClip: it is one of the program's.
        """
        name = clip_name(text)
        if self.library.is_built_in(name):
            raise BuiltInClip(f"{name!r} is a tone that the speaker has built in")
        if not replace and self.library.path(name) is not None:
            raise ClipExists(f"there is a clip {name!r} already")
        return name

    def check_room(self, more_bytes: int, *, name: str = "") -> None:
        """Look whether a file of this size may be added, as `name` or under a new name.

        Raises:
            LibraryFull: there are as many clips, or bytes of them, as allowed.
        """
        limits = self._store.settings.clip_library
        files = [e for e in self.library.entries() if e.file is not None and e.name != name]
        if len(files) >= limits.max_clips:
            raise LibraryFull(
                f"there are {len(files)} clips, and clip_library.max_clips is {limits.max_clips}"
            )
        total = more_bytes + sum(entry.size_bytes for entry in files)
        if total > limits.max_total_mb * MEGABYTE:
            raise LibraryFull(
                f"all clips would have {total / MEGABYTE:.1f} MB, and clip_library.max_total_mb"
                f" is {limits.max_total_mb}"
            )

    def take_in(
        self, file: Path, clip: CachedClip, text: str, *, replace: bool, by: Actor
    ) -> NumberedClip:
        """Make a file that was examined, on the same disk, the clip that is called `text`.

        Raises:
            ClipRefused: as of `check_name` and `check_room`; or the disk is full.
            StoreError: the disk does not take its number; the clip is there all the same.
        """
        with self._changing:
            name = self.check_name(text, replace=replace)
            self.check_room(file.stat().st_size, name=name)
            old = self.library.path(name)
            suffix = suffix_for(clip.facts.container, clip.facts.codec) or file.suffix
            target = self.library.folder / (name + suffix)
            with _disk_trouble_told():
                old_key = key_of(old) if old is not None else ""
                file.replace(target)
                if old is not None and old != target:
                    old.unlink()
                _sync(self.library.folder)
            self.library.forget(name)
            if old_key:
                self.library.cache.forget(old_key)
            self._note("replaced" if old else "added", name, by)
        return self.clip(name)

    def rename(self, name: str, text: str, *, by: Actor) -> NumberedClip:
        """Give a clip another name, and the settings that name it as well.

        Raises:
            ClipRefused: there is no such clip, it is built in, the name cannot be had, or the
                command line fixes a setting that names it.
            StoreError: the disk does not take it.
        """
        with self._changing:
            entry, file = self._changeable(name)
            new = clip_name(text)
            if new == entry.name:
                return self.clip(new)
            self.check_name(new, replace=False)
            target = file.with_name(new + file.suffix)
            with _disk_trouble_told():
                # There is a file of either name until the settings have changed: a crash between
                # the two leaves no setting without its clip.
                os.link(file, target)
            try:
                change = with_new_name(self._store.settings, _names(entry), new)
                self._change_settings(entry, change, by)
            except BaseException:
                target.unlink()
                raise
            self.numbers.rename(entry.name, new)
            with _disk_trouble_told():
                file.unlink()
                _sync(self.library.folder)
            self.library.forget(entry.name)
            self._note(f"renamed to {new!r}", entry.name, by)
        return self.clip(new)

    def remove(self, name: str, *, force: bool = False, by: Actor) -> list[str]:
        """Delete a clip. By `force` also one that settings name: they wait for another one of its
        name.

        Returns the keys of those settings.

        Raises:
            ClipRefused: there is no such clip, it is built in, or settings name it.
            StoreError: the disk does not take it.
        """
        with self._changing:
            entry, file = self._changeable(name)
            uses = uses_of(self._store.settings, _names(entry))
            if uses and not force:
                raise ClipInUse(entry.name, uses)
            if not uses:
                change = without_clip_entry(self._store.settings, _names(entry))
                self._change_settings(entry, change, by)
            with _disk_trouble_told():
                key = key_of(file)
                file.unlink()
                _sync(self.library.folder)
            self.library.cache.forget(key)
            self.library.forget(entry.name)
            if not uses:
                self.numbers.drop(entry.name)
            self._note("deleted", entry.name, by)
        return uses

    def set_level(self, name: str, level: Mapping[str, object], *, by: Actor) -> NumberedClip:
        """Change what `[[clips]]` says of a clip: `gain_db`, `normalize_loudness`.

        Raises:
            UnknownClip: there is none of this name.
            BadSettings: a value breaks its rule.
            StoreError: the disk does not take it.
        """
        with self._changing:
            entry = self.library.entry(name)
            change = with_clip_entry(self._store.settings, _names(entry), entry.name, level)
            self._store.change(change, by=by.name, address=by.address)
        return self.clip(name)

    def decode_new(self) -> None:
        """Decode what somebody has put into the folder, so that it starts at once when wanted."""
        for file in self.library.undecoded():
            try:
                self.library.decode(file, gently=True)
            except ClipError as problem:
                if self.library.cache.is_closed:
                    return
                log.warning("a file among the clips cannot be played", why=str(problem))

    def _changeable(self, name: str) -> tuple[ClipEntry, Path]:
        entry = self.library.entry(name)
        if entry.file is None:
            raise BuiltInClip(f"{entry.name!r} is a tone that the speaker has built in")
        return entry, entry.file

    def _change_settings(self, entry: ClipEntry, change: Mapping[str, object], by: Actor) -> None:
        if not change:
            return
        try:
            self._store.change(change, by=by.name, address=by.address)
        except BadSettings as error:
            keys = [problem.key for problem in error.problems]
            raise ClipInUse(entry.name, keys) from error

    def _note(self, what: str, name: str, by: Actor) -> None:
        log.info("clip library", what=what, clip=name, by=by.name)
        self._store.audit.note(by.name, f"clip {name!r} {what}", address=by.address)


def _names(entry: ClipEntry) -> tuple[str, ...]:
    """What settings may call it."""
    return (entry.name,) if entry.file is None else (entry.file.name, entry.name)


@contextmanager
def _disk_trouble_told() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise DiskTrouble(f"the disk does not take it: {problem.strerror}") from problem


def _sync(folder: Path) -> None:
    """Let what was renamed and deleted be so after a power cut, too."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
