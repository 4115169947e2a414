"""What is done to the microphone's sound before anybody hears it: echo, noise, loudness."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import numpy as np

from media.echo.aec3 import Aec3
from media.echo.canceller import EchoCanceller
from media.echo.full_duplex import FullDuplex
from media.frame import FRAME_SAMPLES, FloatArray, silence
from media.microphone.automatic_gain import AutomaticGain
from media.microphone.in_pairs import InPairs
from media.microphone.noise_suppressor import NoiseSuppression, NoiseSuppressor
from media.microphone.voice_activity import VoiceActivity
from media.mixing.mixer import GainRamp
from media.mixing.opening import opened


class EchoCancellation(enum.Enum):
    """Which engine takes the loudspeaker's echo out of the microphone."""

    OFF = "off"
    AUTO = "auto"
    AEC3 = "aec3"
    FULL_DUPLEX = "full_duplex"


_ENGINES: Final[Mapping[EchoCancellation, Callable[[], EchoCanceller]]] = {
    EchoCancellation.AUTO: FullDuplex,
    EchoCancellation.AEC3: Aec3,
    EchoCancellation.FULL_DUPLEX: FullDuplex,
}

_FAR_SPEAKS_DBFS: Final = -60.0
_FAR_RINGS_FRAMES: Final = 30
"""For so long after the loudspeaker what is heard may be the room."""
_ECHO_LEFT: Final = 0.1
"""Where the canceller took away more than nine tenths of the power, what is left is echo."""
_LEVELS_MOVE: Final = 0.2
"""Their share of each frame: what is sent is some milliseconds behind the microphone."""
_SETTLED_AFTER_FRAMES: Final = 5
"""What is newly made has given its first sound by then, however late it is."""
_LOUDEST: Final = 16.0
"""A driver's fault, which would stay in the filters for good, is louder, or no number at all."""
_SOON_FRAMES: Final = 1000
"""What fails again within 10 s after it was made anew is left out,"""
_LEFT_OUT_FRAMES: Final = 6000
"""for a minute: an echo is better than nothing."""


class _Shape(NamedTuple):
    """What is done to the sound."""

    echo: EchoCancellation
    noise: NoiseSuppression
    automatic_gain: bool


class NearEnd:
    """The microphone's way, from the device to the gain that is set by hand.

    Does only what is asked for, and that only while somebody hears it. Used on one thread.
    """

    def __init__(self) -> None:
        self._canceller: EchoCanceller | None = None
        self._suppressor: NoiseSuppressor | None = None
        self._gain: AutomaticGain | None = None
        self._voice = VoiceActivity()
        self._asked: _Shape | None = None
        self._made: _Shape | None = None
        self._settles = 0  # frames until what was newly made may be heard
        self._ramp = GainRamp(1.0)
        self._since_far = _FAR_RINGS_FRAMES
        self._came = self._left = 0.0  # powers of the microphone, and after cancellation
        self._resting = True
        self._pairs = InPairs(self._treat)
        self._since_restart = _SOON_FRAMES
        self._left_out = 0  # frames to come

    def shape(
        self, echo: EchoCancellation, noise: NoiseSuppression, *, automatic_gain: bool
    ) -> None:
        """Do this from now on. What is asked for already goes on undisturbed.

        While somebody hears the microphone, its sound ends softly before the change and begins
        softly after it.
        """
        self._asked = _Shape(echo, noise, automatic_gain)
        if self._resting:
            self._make()

    def _make(self) -> None:
        """What is asked for. A canceller that goes on knows the room, and lets no echo through."""
        asked, made = self._asked, self._made
        if asked is None or asked == made:
            return
        self._made = asked
        engine = _ENGINES.get(asked.echo)
        if made is None or engine is not _ENGINES.get(made.echo):
            self._canceller = None if engine is None else engine()
            self._pairs.reset()
        if made is None or made.noise is not asked.noise:
            is_off = asked.noise is NoiseSuppression.OFF
            self._suppressor = None if is_off else NoiseSuppressor(asked.noise)
        if made is None or made.automatic_gain is not asked.automatic_gain:
            self._gain = AutomaticGain() if asked.automatic_gain else None
        self._left_out = 0

    def restart(self) -> None:
        """Go on with new parts in place of those there are: `process` has raised.

        When that happens again soon, the microphone is passed on as it is for a minute, or until
        somebody begins to hear it.
        """
        is_soon = self._since_restart < _SOON_FRAMES
        self._since_restart = 0
        self._left_out = _LEFT_OUT_FRAMES  # also where nothing can be made
        self._made = None
        self._pairs.reset()
        self._make()
        if is_soon:
            self._left_out = _LEFT_OUT_FRAMES

    def rest(self) -> None:
        """Nobody hears the microphone in this tick."""
        self._resting = True

    def process(self, microphone: FloatArray, loudspeaker: FloatArray | None) -> FloatArray:
        """480 samples of the microphone as they are to be sent, valid until the next call.

        `loudspeaker` is what was played in this tick, None for silence. With echo cancellation they
        are those of the tick before, and later by what the canceller itself needs.
        """
        if self._resting:
            self._begin()
            if abs(microphone[0]) <= _LOUDEST:
                microphone = opened(microphone)
        self._change()
        self._since_restart += 1
        if self._made is None or self._left_out:
            self._left_out = max(self._left_out - 1, 0)
            sound = microphone
        elif self._canceller is None:
            sound = self._treat(microphone, loudspeaker)
        else:
            sound = self._pairs.process(microphone, loudspeaker)
        gain = self._ramp.step()
        if isinstance(gain, float) and gain == 1.0:
            return sound
        return np.multiply(sound, gain, dtype=np.float32)

    def _change(self) -> None:
        """One step from what is made to what is asked for, if they differ."""
        if self._made != self._asked:
            self._settles = _SETTLED_AFTER_FRAMES
            self._ramp.aim(0.0)
            if self._ramp.is_silent:
                self._make()
        elif self._settles and self._ramp.is_silent:
            self._settles -= 1
        else:
            self._ramp.aim(1.0)

    def _treat(self, microphone: FloatArray, loudspeaker: FloatArray | None) -> FloatArray:
        """Work on one frame, or on two with a canceller."""
        if not max(microphone.max(), -microphone.min()) <= _LOUDEST:
            microphone = silence(microphone.size)
        if self._canceller is None:
            return self._improve(microphone, microphone, loudspeaker)
        sound = self._canceller.cancel(microphone, loudspeaker)
        if self._suppressor is None and self._gain is None:
            return sound
        improved = np.empty_like(sound)
        for start in range(0, sound.size, FRAME_SAMPLES):
            frame = slice(start, start + FRAME_SAMPLES)
            far = None if loudspeaker is None else loudspeaker[frame]
            improved[frame] = self._improve(sound[frame], microphone[frame], far)
        return improved

    def _improve(
        self, sound: FloatArray, microphone: FloatArray, loudspeaker: FloatArray | None
    ) -> FloatArray:
        """Noise and loudness of a frame without echo, `microphone` being the same with it."""
        if self._suppressor is not None:
            sound = self._suppressor.suppress(sound)
        if self._gain is not None:
            speaks = self._voice.hears(sound) and not self._is_echo(sound, microphone, loudspeaker)
            sound = self._gain.adjust(sound, is_speech=speaks)
        return sound

    def _begin(self) -> None:
        self._resting = False
        self._left_out = 0
        self._since_far = _FAR_RINGS_FRAMES
        self._came = self._left = 0.0
        self._voice = VoiceActivity()
        self._pairs.reset()
        self._make()
        self._settles = 0
        self._ramp.begin(1.0)
        for part in (self._canceller, self._suppressor, self._gain):
            if part is not None:
                part.reset()

    def _is_echo(
        self, sound: FloatArray, microphone: FloatArray, loudspeaker: FloatArray | None
    ) -> bool:
        """Whether what is left is little beside what came, and the loudspeaker was heard lately."""
        self._since_far += 1
        if loudspeaker is not None:
            power = float(np.dot(loudspeaker, loudspeaker)) / FRAME_SAMPLES
            if power > 10.0 ** (_FAR_SPEAKS_DBFS / 10.0):
                self._since_far = 0
        if self._since_far >= _FAR_RINGS_FRAMES:
            return False
        self._came += _LEVELS_MOVE * (float(np.dot(microphone, microphone)) - self._came)
        self._left += _LEVELS_MOVE * (float(np.dot(sound, sound)) - self._left)
        return self._left < _ECHO_LEFT * self._came
