"""A clip that wants to be heard."""

from __future__ import annotations

from media.clips.clip_player import ClipPlayer
from media.engine.arbiter import Placement, Standing, Verdict
from media.engine.commands import PlayClip
from media.frame import FloatArray, linear
from media.mixing.mixer import GainRamp
from media.mixing.opening import opened


class ClipVoice:
    """One clip, from the command to its end; knows what the arbiter said last."""

    def __init__(self, command: PlayClip, number: int) -> None:
        """Take the clip's samples. `number` tells the order in which voices came.

        Raises:
            ValueError: the samples, the gain or the repeat count cannot be played.
        """
        self.clip = command.clip
        self.title = f"clip {command.clip}"
        self.has_failed = False
        self.number = number
        self.placement: Placement = command.placement
        self.ramp = GainRamp()
        self.begun = False
        self._player = ClipPlayer(command.samples, command.repeat)
        self._opens = True
        self._gain = linear(command.gain_db)

    @property
    def is_over(self) -> bool:
        """Whether all of it was heard."""
        return self._player.is_over

    def obey(self, verdict: Verdict) -> None:
        """Head for what the arbiter says. While paused the clip keeps its place."""
        if verdict.standing is Standing.PLAY:
            if self.ramp.is_silent:
                self._player.return_to_mark()
            self._player.forget_mark()
            gain = self._gain * linear(verdict.gain_db)
            if self.begun:
                self.ramp.aim(gain)
            else:
                self.begun = True
                self.ramp.begin(gain)
        else:
            self._player.mark()
            self.ramp.aim(0.0)

    def render(self, now: float) -> FloatArray | None:  # noqa: ARG002  (streams need it)
        """The next 10 ms, None while silent."""
        if self.ramp.is_silent or self._player.is_over:
            return None
        frame = self._player.next_frame()
        if self._opens:
            self._opens = False
            return opened(frame)
        return frame
