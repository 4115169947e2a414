"""Files on their way into the clip library: bounded while they come, and never held in memory."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import tempfile
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from conf.sections.clip_library import MEGABYTE
from speaker.sound.clip_refusals import DiskTrouble, LibraryBusy, LibraryFull, NotPlayable, TooLarge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from speaker.sound.librarian import Actor, Librarian, NumberedClip

MOST_AT_ONCE: Final = 3
"""Uploads; one of them is decoded at a time, so that the speaker does not stutter."""

FOLDER: Final = ".uploads"
"""Beside the clips, as what is on the same disk becomes a clip in one step."""

KEPT_FREE_BYTES: Final = 50 * MEGABYTE
"""Of the disk: a speaker that cannot write its settings any more is worse than one clip less."""

_WRITE_BYTES: Final = 256 * 1024


class Upload:
    """One file. `id`, `stage` and the counts may be read at any time."""

    def __init__(
        self, identity: str, path: Path, file: BinaryIO, most_bytes: int, total: int | None
    ) -> None:
        self.id = identity
        self.path = path
        self.stage = "receiving"
        """Then `waiting` for another one, `decoding`, and `storing`."""
        self.received_bytes = 0
        self.total_bytes = total
        """As announced; None: it was not."""
        self._file = file
        self._most_bytes = most_bytes
        self._waiting = bytearray()

    async def write(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            TooLarge: there is more than may be.
            DiskTrouble: the disk is full.
        """
        self.received_bytes += len(data)
        if self.received_bytes > self._most_bytes:
            raise too_large(self._most_bytes)
        self._waiting += data
        if len(self._waiting) >= _WRITE_BYTES:
            await self._flush()

    async def complete(self) -> None:
        """The last piece was taken.

        Raises:
            NotPlayable: there was none.
            DiskTrouble: the disk is full.
        """
        await self._flush()
        if not self.received_bytes:
            raise NotPlayable("the file is empty")

    async def _flush(self) -> None:
        data, self._waiting = bytes(self._waiting), bytearray()
        try:
            await asyncio.to_thread(self._write, data)
        except OSError as problem:
            raise DiskTrouble(f"the disk does not take it: {problem.strerror}") from problem

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()


class Uploads:
    """Those that are under way. Used on the main loop."""

    def __init__(self, librarian: Librarian) -> None:
        self._librarian = librarian
        self._folder = librarian.library.folder / FOLDER
        self._running: dict[str, Upload] = {}
        self._decoding = asyncio.Lock()

    @property
    def running(self) -> list[Upload]:
        """Each with how far it is."""
        return list(self._running.values())

    def get(self, identity: str) -> Upload | None:
        """One of them."""
        return self._running.get(identity)

    def clear_leftovers(self) -> None:
        """Delete what uploads have left behind when the process was killed; waits for the disk."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @asynccontextmanager
    async def begin(
        self,
        *,
        most_bytes: int,
        announced_bytes: int | None = None,
        identity: str = "",
        replaces: str = "",
    ) -> AsyncIterator[Upload]:
        """Make room for a file; what has not been taken into the library by the end is deleted.

        `identity` is what the sender calls the upload, empty: anything; `replaces` is the clip
        whose place it takes, if it is known by now.

        Raises:
            TooLarge: it is announced to be.
            LibraryFull: there is no room for another one.
            LibraryBusy: too many are under way, or one of this identity.
            DiskTrouble: the disk is full.
        """
        identity = identity or secrets.token_hex(8)
        if identity in self._running or len(self._running) >= MOST_AT_ONCE:
            raise LibraryBusy(f"{len(self._running)} uploads are under way; try again in a while")
        if announced_bytes is not None and announced_bytes > most_bytes:
            raise too_large(most_bytes)
        path, file = await asyncio.to_thread(self._open, announced_bytes or 0, replaces)
        upload = Upload(identity, path, file, most_bytes, announced_bytes)
        self._running[identity] = upload
        try:
            yield upload
        finally:
            del self._running[identity]
            await asyncio.to_thread(_discard, path, file)

    async def take_in(self, upload: Upload, name: str, *, replace: bool, by: Actor) -> NumberedClip:
        """Decode a complete file and add it to the library.

        Raises:
            ClipRefused: it cannot be played, or not be added; the message says why.
            StoreError: the disk does not take its number.
        """
        await upload.complete()
        await asyncio.to_thread(self._librarian.check_name, name, replace=replace)
        upload.stage = "waiting"
        async with self._decoding:
            upload.stage = "decoding"
            clip = await asyncio.to_thread(self._librarian.examine, upload.path)
        upload.stage = "storing"
        return await asyncio.to_thread(
            self._librarian.take_in, upload.path, clip, name, replace=replace, by=by
        )

    def _open(self, more_bytes: int, replaces: str) -> tuple[Path, BinaryIO]:
        self._librarian.check_room(more_bytes, name=replaces)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            free = shutil.disk_usage(self._folder).free
            if free - more_bytes < KEPT_FREE_BYTES:
                raise LibraryFull(f"the disk has {free / MEGABYTE:.1f} MB left, too little for it")
            descriptor, name = tempfile.mkstemp(dir=self._folder)
            return Path(name), os.fdopen(descriptor, "wb")
        except OSError as problem:
            raise DiskTrouble(f"the disk does not take it: {problem.strerror}") from problem


def too_large(most_bytes: int) -> TooLarge:
    """What to say of a file that is."""
    return TooLarge(f"the file is larger than {most_bytes / MEGABYTE:g} MB")


def _discard(path: Path, file: BinaryIO) -> None:
    with suppress(OSError):
        file.close()
    with suppress(OSError):
        path.unlink()
