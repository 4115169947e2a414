"""Plays clips by name on the loudspeaker, and knows which are playing."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from media.clips.clip import ClipError
from media.engine.commands import PlayClip, StopClip
from media.engine.engine_core import MAXIMUM_CLIPS
from media.engine.events import ClipEnd, ClipFinished, ClipId
from speaker.sound.clip_refusals import UnknownClip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from media.engine.arbiter import Placement
    from speaker.calls.call_media import Sound
    from speaker.events import Bus
    from speaker.sound.clips import Clip, ClipLibrary

log = structlog.get_logger(__name__)


class TooManyClips(Exception):
    """The engine would refuse one more clip; the message says how many play."""


CANNOT_PLAY: Final = (TooManyClips, UnknownClip, ClipError)
"""What `play` may raise; none of it is a reason not to go on."""


@dataclass(frozen=True, slots=True)
class _Playing:
    name: str
    stoppable: bool


@dataclass(slots=True, eq=False)
class Coming:
    """A sound that is being made, to be played as soon as it is there."""

    name: str
    is_stopped: bool = False
    """Somebody has stopped it meanwhile: it is not to begin."""


class ClipPlayer:
    """Starts and stops clips of the library; tells the bus what is playing and what has ended."""

    def __init__(self, library: ClipLibrary, sound: Sound, bus: Bus) -> None:
        self._library = library
        self._sound = sound
        self._bus = bus
        self._serial = itertools.count(1)
        self._playing: dict[ClipId, _Playing] = {}
        self._coming: set[Coming] = set()

    def play(
        self,
        name: str,
        placement: Placement,
        *,
        gain_db: float = 0.0,
        repeat: int = 0,
        stoppable: bool = True,
    ) -> ClipId:
        """Play the clip `name`, `repeat` more times after the first; -1: until stopped.

        A clip that is not `stoppable` ends by `stop` with its own id only, not when people or rules
        stop what plays.

        Raises:
            UnknownClip: the library has no clip of that name.
            ClipError: its file, which was not loaded before, cannot be decoded.
            TooManyClips: the engine plays as many as it can.
        """
        sound = self._library.load(name)
        return self.start(
            name, sound, placement, gain_db=gain_db, repeat=repeat, stoppable=stoppable
        )

    def start(
        self,
        name: str,
        sound: Clip,
        placement: Placement,
        *,
        gain_db: float = 0.0,
        repeat: int = 0,
        stoppable: bool = True,
    ) -> ClipId:
        """Play a clip of the library, of the name `name`, that has been loaded; see `play`.

        Raises:
            TooManyClips: the engine plays as many as it can.
        """
        if len(self._playing) >= MAXIMUM_CLIPS:
            raise TooManyClips(f"{len(self._playing)} clips play already")
        clip = ClipId(f"{name}/{next(self._serial)}")
        self._playing[clip] = _Playing(name, stoppable)
        self._sound.submit(
            PlayClip(
                clip,
                sound.samples,
                gain_db=gain_db + sound.gain_db,
                repeat=repeat,
                placement=placement,
            )
        )
        log.info("clip starts", clip=name, gain_db=gain_db, repeat=repeat)
        self._publish()
        return clip

    @contextmanager
    def coming(self, name: str) -> Iterator[Coming]:
        """Around the making of what will play under a name: who stops the name stops this too."""
        coming = Coming(name)
        self._coming.add(coming)
        try:
            yield coming
        finally:
            self._coming.discard(coming)

    def count(self, name: str) -> int:
        """How many of this name play, or wait for their turn."""
        return sum(playing.name == name for playing in self._playing.values())

    def stop(self, clip: ClipId) -> None:
        """Stop one clip; one that has ended already is none of our concern."""
        if clip in self._playing:
            self._sound.submit(StopClip(clip))

    def stop_named(self, name: str | None) -> None:
        """Stop every clip of this name that people or rules started; None: whatever its name."""
        for clip, playing in self._playing.items():
            if playing.stoppable and name in (None, playing.name):
                self._sound.submit(StopClip(clip))
        for coming in self._coming:
            coming.is_stopped = coming.is_stopped or name in (None, coming.name)

    def on_finished(self, event: ClipFinished) -> None:
        """Take note of the engine's word that a clip is over."""
        playing = self._playing.pop(event.clip, None)
        if playing is None:
            return
        log.info("clip ends", clip=playing.name, why=event.reason.value)
        self._publish()
        self._bus.happen(
            "clip.finished", clip=playing.name, completed=event.reason is ClipEnd.PLAYED
        )

    def _publish(self) -> None:
        names = sorted({playing.name for playing in self._playing.values()})
        self._bus.set("audio.clip_playing", bool(names), clips=", ".join(names))
