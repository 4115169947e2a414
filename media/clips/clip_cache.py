"""Keeps the decoded sound of clips on the disk, so that each file is decoded once.

A clip is known by its file's inode, size and time of change: renamed it is the same, and a file
that takes its place is another one. Its sound is mapped into memory where it is played: the system
keeps there what is played just now, and takes it away when it needs the room.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from media.clips.clip import LONGEST_S, SAMPLE_BYTES, ClipError, decode_clip
from media.clips.facts import ClipFacts
from media.frame import FloatArray

_SOUND: Final = ".f32"
_FACTS: Final = ".json"
_UNFINISHED: Final = ".decoding"
_OURS: Final = (_SOUND, _FACTS, _UNFINISHED)
_READ_AHEAD_BYTES: Final = 1 << 20
"""Five seconds; what follows is read as it is played, a good deal at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class CachedClip:
    """A clip that is ready to play."""

    key: str
    """What its file is known by."""
    sound: mmap.mmap
    facts: ClipFacts

    @property
    def samples(self) -> FloatArray:
        """Mono, 48 kHz, read-only."""
        return np.frombuffer(self.sound, dtype=np.float32)

    def read_ahead(self) -> None:
        """Let the system read the beginning, if it must, before the loudspeaker waits for it."""
        self.sound.madvise(mmap.MADV_WILLNEED, 0, min(len(self.sound), _READ_AHEAD_BYTES))


def key_of(file: Path) -> str:
    """What a file is known by.

    Raises:
        OSError: it is not there.
    """
    found = file.stat()
    return f"{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}"


class ClipCache:
    """A folder of decoded clips, which is made when it is needed. Calls wait for the disk.

    Threads may use it at once: each entry appears as a whole, and two that make the same one make
    the same.
    """

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        """Keep at most so many bytes; what was used longest ago goes first."""
        self._folder = folder
        self.most_bytes = most_bytes
        self._closed = threading.Event()

    def close(self) -> None:
        """Give up what is being decoded, and decode no more."""
        self._closed.set()

    @property
    def is_closed(self) -> bool:
        """Whether nothing is decoded any more."""
        return self._closed.is_set()

    def load(self, file: Path, *, longest_s: float = LONGEST_S, gently: bool = False) -> CachedClip:
        """A file's clip; the first time this takes as long as decoding takes.

        `gently`: other programs come first, as nobody waits for the clip to be heard.

        Raises:
            ClipError: it cannot be decoded, or there is no room for its sound.
        """
        try:
            key = key_of(file)
            return self._found(key) or self._decoded(file, key, longest_s, gently=gently)
        except OSError as problem:
            raise ClipError(str(file), (problem.strerror or str(problem)).lower()) from problem

    def find(self, file: Path) -> CachedClip | None:
        """A file's clip, if it was decoded before."""
        try:
            return self._found(key_of(file))
        except OSError:
            return None

    def prune(self, files: Collection[Path]) -> None:
        """Delete what belongs to none of these files, and what is beyond `most_bytes`.

        To be called while nothing is decoded: what a crash has left unfinished goes as well.
        """
        keys = set()
        for file in files:
            with suppress(OSError):
                keys.add(key_of(file))
        for path in self._entries():
            if path.stem not in keys:
                _delete(path)
        self._make_room(0)

    def forget(self, key: str) -> None:
        """Delete one entry."""
        for suffix in (_FACTS, _SOUND):
            _delete(self._folder / (key + suffix))

    def _found(self, key: str) -> CachedClip | None:
        sound = self._folder / (key + _SOUND)
        try:
            facts = ClipFacts.parse((self._folder / (key + _FACTS)).read_text(encoding="ascii"))
            whole = sound.stat().st_size == facts.samples * SAMPLE_BYTES
        except (OSError, ValueError):
            return None
        if not whole or not facts.samples:
            return None
        with suppress(OSError):
            os.utime(sound)
        return CachedClip(key, _mapped(sound), facts)

    def _decoded(self, file: Path, key: str, longest_s: float, *, gently: bool) -> CachedClip:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sound, told = (self._folder / (key + suffix) for suffix in (_SOUND, _FACTS))
        with _appearing(sound) as into:
            facts = decode_clip(
                file,
                into,
                longest_s=longest_s,
                gently=gently,
                is_given_up=self._closed.is_set,
            )
            self._make_room(facts.samples * SAMPLE_BYTES)
        with _appearing(told) as into:
            into.write(facts.to_json().encode("ascii"))
        return CachedClip(key, _mapped(sound), facts)

    def _entries(self) -> list[Path]:
        try:
            return [path for path in self._folder.iterdir() if path.suffix in _OURS]
        except OSError:
            return []

    def _make_room(self, wanted: int) -> None:
        """What is mapped stays whole until it has been played."""
        sounds = []
        for path in self._entries():
            with suppress(OSError):
                found = path.stat()
                if path.suffix == _SOUND:
                    sounds.append((found.st_mtime_ns, found.st_size, path))
        total = wanted + sum(size for _, size, _ in sounds)
        for _, size, path in sorted(sounds):
            if total <= self.most_bytes:
                return
            self.forget(path.stem)
            total -= size


@contextmanager
def _appearing(target: Path) -> Iterator[BinaryIO]:
    """A file that is there, under its name, once it is whole and on the disk."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, suffix=_UNFINISHED)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(target)
    except BaseException:
        _delete(Path(name))
        raise


def _mapped(sound: Path) -> mmap.mmap:
    with sound.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)


def _delete(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
