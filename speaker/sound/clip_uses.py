"""Which settings name a clip, and how they follow when it gets another name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from speaker.calls.call_tones import NAMES as CALL_TONES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pydantic import BaseModel

    from conf.settings import ClipSettings, Settings


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


def entry_of(settings: Settings, names: Sequence[str]) -> ClipSettings | None:
    """What `[[clips]]` says of a clip; the first of its names counts most."""
    by_name = {entry.name: entry for entry in settings.clips}
    return next((by_name[name] for name in names if name in by_name), None)


def with_new_name(settings: Settings, names: Collection[str], new: str) -> dict[str, object]:
    """The change of settings by which a clip that goes by `names` is called `new` everywhere."""
    change: dict[str, object] = {}
    if settings.announcement.clip in names:
        change["announcement"] = {"clip": new}
    if any(entry.name in names for entry in settings.clips):
        change["clips"] = [_renamed(_table(entry), "name", names, new) for entry in settings.clips]
    rules = [_table(rule) for rule in settings.rules]
    renamed = [_renamed(rule, "clip", names, new) for rule in rules]
    if renamed != rules:
        change["rules"] = renamed
    return change


def without_clip_entry(settings: Settings, names: Collection[str]) -> dict[str, object]:
    """The change of settings after which `[[clips]]` says nothing of a clip."""
    kept = [_table(entry) for entry in settings.clips if entry.name not in names]
    return {"clips": kept} if len(kept) < len(settings.clips) else {}


def with_clip_entry(
    settings: Settings, names: Sequence[str], name: str, level: Mapping[str, object]
) -> dict[str, object]:
    """The change of settings after which `[[clips]]` says `level` of a clip; None: the default."""
    known = entry_of(settings, names)
    entries = [_table(entry) for entry in settings.clips if entry is not known]
    entry: dict[str, Any] = {"name": name} if known is None else _table(known)
    entry.update(level)
    entries.append({key: value for key, value in entry.items() if value is not None})
    return {"clips": entries}


def _table(entry: BaseModel) -> dict[str, Any]:
    return entry.model_dump(mode="json", by_alias=True, exclude_none=True)


def _renamed(value: Any, key: str, names: Collection[str], new: str) -> Any:
    """A table with `new` in place of each of `names` wherever it stands under `key`."""
    if isinstance(value, dict):
        return {
            each: new if each == key and found in names else _renamed(found, key, names, new)
            for each, found in value.items()
        }
    if isinstance(value, list | tuple):
        return [_renamed(each, key, names, new) for each in value]
    return value
