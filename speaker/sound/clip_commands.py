"""Plays and stops clips for those who ask by name, number or pattern, without keeping anybody
waiting for the disk.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Final

from speaker.sound.clip_refusals import UnknownClip
from speaker.sound.priorities import CLIP

if TYPE_CHECKING:
    from media.engine.arbiter import Placement
    from media.engine.events import ClipId
    from speaker.device import Device
    from speaker.sound.librarian import NumberedClip

LOCATION: Final = "/etc/audioclips/"
"""Where VAPIX clients find clips: a name, and no folder of this machine."""

SILENT_DB: Final = -120.0


async def play(
    device: Device,
    name: str,
    *,
    gain_db: float = 0.0,
    repeat: int = 0,
    placement: Placement = CLIP,
) -> ClipId:
    """Play a clip, decoded first if it must be; its gain is on top of what is set for it.

    Raises:
        UnknownClip: there is none of this name.
        ClipError: it cannot be decoded.
        TooManyClips: the engine plays as many as it can.
    """
    try:
        sound = await asyncio.to_thread(device.clips.library.load, name)
    except UnknownClip as error:
        raise UnknownClip(f"{name!r} {error}") from error
    with device.turn():
        return device.player.start(name, sound, placement, gain_db=gain_db, repeat=repeat)


def stop_all(device: Device) -> None:
    """Stop every clip that people or rules started."""
    with device.turn():
        device.player.stop_named(None)


def gain_of_volume(percent: int) -> float:
    """The gain in dB that a linear volume in percent is; 0 is next to nothing."""
    return 20.0 * math.log10(percent / 100.0) if percent else SILENT_DB


def location_of(clip: NumberedClip) -> str:
    """Where VAPIX clients find it."""
    file = clip.entry.file
    return LOCATION + (f"{clip.entry.name}.wav" if file is None else file.name)


def matching(clips: list[NumberedClip], pattern: str) -> list[NumberedClip]:
    """Those whose location, file name or name matches; `*` stands for anything.

    Raises:
        UnknownClip: there is none.
    """
    found = [
        clip
        for clip in clips
        if any(
            _matches(name, pattern)
            for name in (
                location_of(clip),
                location_of(clip).removeprefix(LOCATION),
                clip.entry.name,
            )
        )
    ]
    if not found:
        raise UnknownClip("no clip is at this location")
    return found


def _matches(name: str, pattern: str) -> bool:
    """In one pass: patterns come from strangers."""
    first, *others = pattern.split("*")
    if not others:
        return name == pattern
    *between, last = others
    if not name.startswith(first) or len(name) < len(first) + len(last):
        return False
    place, end = len(first), len(name) - len(last)
    for part in between:
        found = name.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return name.endswith(last)
