"""How loud each clip is to be played, by the settings of all clips and of single ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conf.settings import AudioSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conf.settings import ClipSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipLevel:
    """What is wanted of one clip."""

    target_lufs: float | None
    """The loudness that it is brought to; None: as recorded."""
    gain_db: float
    """On top of that."""


class ClipLevels:
    """Looks up the level of a clip."""

    def __init__(
        self, audio: AudioSettings | None = None, clips: Iterable[ClipSettings] = ()
    ) -> None:
        self._audio = audio or AudioSettings()
        self._clips = {clip.name: clip for clip in clips}

    def of(self, *names: str) -> ClipLevel:
        """The level of a clip that goes by any of these names."""
        single = next((self._clips[name] for name in names if name in self._clips), None)
        normalizes = self._audio.normalize_clip_loudness
        if single is not None and single.normalize_loudness is not None:
            normalizes = single.normalize_loudness
        return ClipLevel(
            target_lufs=self._audio.clip_loudness_lufs if normalizes else None,
            gain_db=0.0 if single is None else single.gain_db,
        )
