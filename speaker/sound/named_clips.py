"""The clips that settings name: known to be playable before anything wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from conf.sections.clip_library import MEGABYTE
from conf.validation.problem import BadSettings, Problem, shown
from media.clips.clip import ClipError
from speaker.change import NOTHING, Prepared
from speaker.sound.clip_levels import ClipLevels
from speaker.sound.clip_refusals import MissingClip, UnknownClip
from speaker.sound.clip_uses import clips_named

if TYPE_CHECKING:
    from conf.settings import Settings
    from speaker.change import Change
    from speaker.sound.clips import ClipLibrary

log = structlog.get_logger(__name__)


class NamedClips:
    """Decodes them, at the levels that are set; what plays goes on as it began."""

    def __init__(self, library: ClipLibrary) -> None:
        self._library = library

    async def prepare(self, change: Change) -> Prepared:
        """See `Part.prepare`."""
        new = change.new
        known = set() if change.old is None else {name for _, name in clips_named(change.old)}
        wanted = {name: key for key, name in clips_named(new) if name not in known}
        if wanted:
            await change.off_loop(lambda: _load(self._library, wanted))
        elif not change.concerns(_levels):
            return NOTHING
        return Prepared(lambda _now: self._take(new))

    def _take(self, settings: Settings) -> None:
        self._library.levels = ClipLevels(settings.audio, settings.clips)
        self._library.cache.most_bytes = settings.clip_library.cache_mb * MEGABYTE


def _levels(settings: Settings) -> object:
    audio = settings.audio
    return (
        audio.normalize_clip_loudness,
        audio.clip_loudness_lufs,
        settings.clips,
        settings.clip_library.cache_mb,
    )


def _load(library: ClipLibrary, wanted: dict[str, str]) -> None:
    """Have all of these, names and the keys of settings, ready."""
    problems = []
    for clip, key in wanted.items():
        try:
            library.load(clip)
        except MissingClip:
            log.warning("a setting names a clip that was deleted", key=key, clip=clip)
        except (UnknownClip, ClipError) as error:
            problems.append(Problem(key, shown(clip), str(error)))
    if problems:
        raise BadSettings(problems)
