"""Which settings name a clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speaker.calls.call_tones import NAMES as CALL_TONES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from conf.settings import Settings


def clips_named(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every clip that a setting names, with the setting's key."""
    yield from clips_played(settings)
    for place, clip in enumerate(settings.clips):
        yield f"clips[{place}].name", clip.name


def clips_played(settings: Settings) -> Iterator[tuple[str, str]]:
    """Those of them that the speaker would miss."""
    if settings.announcement.clip:
        yield "announcement.clip", settings.announcement.clip
    if settings.audio.call_progress_tones:
        for name in CALL_TONES:
            yield "audio.call_progress_tones", name
    for place, rule in enumerate(settings.rules):
        for number, action in enumerate(rule.action):
            if action.type == "play_clip":
                yield f"rules[{place}].action[{number}].clip", action.clip


def uses_of(settings: Settings, names: Collection[str]) -> list[str]:
    """The keys of the settings that would miss a clip which goes by `names`."""
    return [key for key, name in clips_played(settings) if name in names]
