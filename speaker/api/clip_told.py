"""A clip as the API tells it."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from speaker.sound.clip_commands import location_of

if TYPE_CHECKING:
    from speaker.sound.librarian import NumberedClip


class ClipTold(BaseModel):
    """One clip of the library."""

    name: str = Field(examples=["bell"])
    """What settings and commands call it."""
    number: int
    """What VAPIX calls it: `clip=3`. It never changes, and is never another clip's."""
    built_in: bool
    """A tone that the speaker makes: it can be played and downloaded, not changed."""
    format: str = Field(examples=["mp3"])
    """Of its file; empty for a tone, and until the file was decoded."""
    size_bytes: int
    changed_at: str = Field(examples=["2026-11-27T16:00:00+00:00"])
    """When its file was last changed; empty for a tone."""
    is_playable: bool
    """Whether it was decoded; false: not yet, or `problem` says why it cannot be."""
    problem: str
    length_s: float | None
    sample_rate_hz: int | None
    """Of its file."""
    channels: int | None
    """Of its file."""
    loudness_lufs: float | None
    """Integrated (EBU R 128); null: it is silent."""
    true_peak_db: float | None
    """Against full scale."""
    gain_db: float
    """As set in `[[clips]]`."""
    normalize_loudness: bool | None
    """As set in `[[clips]]`; null: as `audio.normalize_clip_loudness` says for all."""
    used_by: list[str] = Field(examples=[["announcement.clip"]])
    """Keys of the settings that name it."""
    location: str = Field(examples=["/etc/audioclips/bell.mp3"])
    """What VAPIX clients may call it, with `*` for any part."""
    link: str = Field(examples=["http://192.0.2.5/axis-cgi/playclip.cgi?clip=3"])
    """An address that plays it; `&volume=50&repeat=2` may be added."""


def told(clip: NumberedClip, base: str) -> ClipTold:
    """All that there is to tell. `base` is the address of this device, with a slash at its end."""
    entry, facts = clip.entry, clip.entry.facts
    changed = datetime.fromtimestamp(entry.changed_at, UTC).isoformat(timespec="seconds")
    return ClipTold(
        name=entry.name,
        number=clip.number,
        built_in=entry.file is None,
        format="" if facts is None or entry.file is None else entry.file.suffix[1:].lower(),
        size_bytes=entry.size_bytes,
        changed_at="" if entry.file is None else changed,
        is_playable=facts is not None,
        problem=entry.problem,
        length_s=None if facts is None else round(facts.length_s, 3),
        sample_rate_hz=None if facts is None else facts.rate_hz or None,
        channels=None if facts is None else facts.channels or None,
        loudness_lufs=None if facts is None else _level(facts.loudness.integrated_lufs),
        true_peak_db=None if facts is None else _level(facts.loudness.true_peak_db),
        gain_db=0.0 if clip.settings is None else clip.settings.gain_db,
        normalize_loudness=None if clip.settings is None else clip.settings.normalize_loudness,
        used_by=list(clip.used_by),
        location=location_of(clip),
        link=link(clip, base),
    )


def link(clip: NumberedClip, base: str, *, volume: int | None = None, repeat: int = 0) -> str:
    """The address that plays a clip."""
    whole = f"{base}axis-cgi/playclip.cgi?clip={clip.number}"
    if volume is not None:
        whole += f"&volume={volume}"
    return whole + (f"&repeat={repeat}" if repeat else "")


def _level(value: float) -> float | None:
    return round(value, 1) if math.isfinite(value) else None
