"""Everything about clips in one place: the library, its keeper, and what is on its way into it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from conf.sections.clip_library import MEGABYTE
from media.clips.clip_cache import ClipCache
from speaker.sound.clip_numbers import ClipNumbers
from speaker.sound.clip_uploads import Uploads
from speaker.sound.clips import ClipLibrary
from speaker.sound.librarian import Librarian

if TYPE_CHECKING:
    from conf.files.data_folder import DataFolder
    from conf.store.settings_store import SettingsStore


class ClipDesk:
    """The parts, made for one device. Used on the main loop."""

    def __init__(self, data: DataFolder, store: SettingsStore) -> None:
        most_bytes = store.settings.clip_library.cache_mb * MEGABYTE
        self.library = ClipLibrary(data.clips, ClipCache(data.clip_cache, most_bytes=most_bytes))
        self.librarian = Librarian(self.library, ClipNumbers(store.database), store)
        self.uploads = Uploads(self.librarian)
        self._decoding: asyncio.Task[None] | None = None

    def clear_up(self) -> None:
        """Delete what an earlier process has left; before anything is decoded or uploaded."""
        self.uploads.clear_leftovers()
        self.library.cache.prune(self.library.files())

    def start(self) -> None:
        """Decode what is new while other things happen."""
        self._decoding = asyncio.create_task(asyncio.to_thread(self.librarian.decode_new))

    def give_up(self) -> None:
        """Decode no more."""
        self.library.cache.close()

    async def close(self) -> None:
        """Return when nothing is being decoded any more."""
        self.give_up()
        if self._decoding is not None:
            await self._decoding
