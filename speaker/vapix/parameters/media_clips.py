"""`MediaClip`: the clips of the library, each by its number (VAPIX Media clip API)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conf.accounts.role import Role
from conf.store.store_error import StoreError
from speaker.sound.clip_commands import location_of
from speaker.sound.clip_refusals import ClipRefused
from speaker.sound.librarian import Actor
from speaker.vapix.parameters.parameter import (
    BadValue,
    Constant,
    Parameter,
    Text,
    Whole,
    WholeSetting,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speaker.sound.librarian import Librarian, NumberedClip
    from speaker.vapix.parameters.facts import Facts

FIXED: Final = (
    Parameter(
        "MediaClip.MaxGroups", WholeSetting("clip_library.max_clips"), "Clips", Whole(1, 1000)
    ),
    Parameter(
        "MediaClip.MaxUploadSize",
        WholeSetting("clip_library.max_upload_mb"),
        "Size of a clip (MB)",
        Whole(1, 500),
    ),
)


@dataclass(frozen=True, slots=True)
class ClipsName:
    """What a clip is called. Who changes it renames the clip."""

    librarian: Librarian
    name: str

    def read(self, _facts: Facts) -> str:
        """As it is."""
        return self.name

    async def change(self, text: str, *, by: str, address: str) -> None:
        """Rename it; settings follow."""
        actor = Actor(by, address)
        try:
            await asyncio.to_thread(self.librarian.rename, self.name, text, by=actor)
        except (ClipRefused, StoreError) as error:
            raise BadValue(str(error)) from error


def clip_parameters(librarian: Librarian, clips: list[NumberedClip]) -> Iterator[Parameter]:
    """The three of each clip."""
    for clip in clips:
        group, name = f"MediaClip.M{clip.number}", clip.entry.name
        if clip.entry.file is None:
            yield Parameter(f"{group}.Name", Constant(name), "Name")
        else:
            source = ClipsName(librarian, name)
            yield Parameter(f"{group}.Name", source, "Name", Text(128), write=Role.OPERATOR)
        yield Parameter(f"{group}.Location", Constant(location_of(clip)), "File")
        yield Parameter(f"{group}.Type", Constant("audio"), "Type")
