"""Clips by name: what plays, what stops, and how many at once."""

from pathlib import Path

import pytest

from media.engine.commands import EngineCommand, PlayClip, StopClip
from media.engine.engine_core import MAXIMUM_CLIPS
from media.engine.events import ClipEnd, ClipFinished
from speaker.events import Bus
from speaker.sound.clip_player import ClipPlayer, TooManyClips
from speaker.sound.clips import ClipLibrary
from speaker.sound.priorities import CLIP
from tests.speaker.sound.no_cache import NO_CACHE


class Player(ClipPlayer):
    """A player whose commands are kept."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.commands: list[EngineCommand] = []
        super().__init__(ClipLibrary(Path("/nonexistent"), NO_CACHE), self, self.bus)

    def submit(self, command: EngineCommand) -> None:
        self.commands.append(command)


def test_what_plays_is_told_until_the_engine_says_that_it_has_ended() -> None:
    player = Player()
    clip = player.play("tone", CLIP, gain_db=-6.0, repeat=2)
    (command,) = player.commands
    assert isinstance(command, PlayClip)
    assert (command.clip, command.gain_db, command.repeat) == (clip, -6.0, 2)
    assert player.bus.value("audio.clip_playing") is True
    player.on_finished(ClipFinished(clip, ClipEnd.PLAYED))
    assert player.bus.value("audio.clip_playing") is False


def test_clips_are_stopped_by_name_or_all_but_not_what_may_not_be_stopped() -> None:
    player = Player()
    tone, busy = player.play("tone", CLIP), player.play("busy", CLIP)
    player.play("tone", CLIP, stoppable=False)
    player.commands.clear()
    player.stop_named("busy")
    assert player.commands == [StopClip(busy)]
    player.commands.clear()
    player.stop_named(None)
    assert player.commands == [StopClip(tone), StopClip(busy)]


def test_no_more_clips_play_than_the_engine_takes() -> None:
    """The engine would refuse the next one, and never tell of its end."""
    player = Player()
    clips = [player.play("tone", CLIP) for _ in range(MAXIMUM_CLIPS)]
    with pytest.raises(TooManyClips, match=str(MAXIMUM_CLIPS)):
        player.play("tone", CLIP)
    player.on_finished(ClipFinished(clips[0], ClipEnd.STOPPED))
    player.play("tone", CLIP)
