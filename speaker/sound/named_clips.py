"""The clips that settings name: known to be playable before anything wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conf.problem import BadSettings, Problem, shown
from media.clips.clip import ClipError
from speaker.change import NOTHING, Prepared
from speaker.sound.clip_levels import ClipLevels
from speaker.sound.clips import ClipLibrary, UnknownClip, clips_named

if TYPE_CHECKING:
    from conf.settings import Settings
    from speaker.change import Change


class NamedClips:
    """Decodes them, at the levels that are set; what plays goes on as it began."""

    def __init__(self, library: ClipLibrary) -> None:
        self._library = library

    async def prepare(self, change: Change) -> Prepared:
        """See `Part.prepare`."""
        new = change.new
        if not change.concerns(_levels):
            known = set() if change.old is None else {*clips_named(change.old)}
            if {*clips_named(new)} <= known:
                return NOTHING
        library = self._library.at(ClipLevels(new.audio, new.clips))
        await change.off_loop(lambda: _load(library, new))
        return Prepared(lambda _now: self._library.become(library))


def _levels(settings: Settings) -> object:
    audio = settings.audio
    return audio.normalize_clip_loudness, audio.clip_loudness_lufs, settings.clips


def _load(library: ClipLibrary, settings: Settings) -> None:
    problems = []
    for key, clip in clips_named(settings):
        try:
            library.load(clip)
        except (UnknownClip, ClipError) as error:
            problems.append(Problem(key, shown(clip), str(error)))
    if problems:
        raise BadSettings(problems)
