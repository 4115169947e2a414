"""Whether somebody speaks: WebRTC's voice activity detection with a hangover.

For silence suppression of what is sent (RFC 3389), and for whoever else needs to know. It is fed
the engine's frames and answers for each:

    detector = VoiceActivity()
    for frame in frames:              # 480 samples at 48 kHz, float32, ±1.0
        if detector.hears(frame): ... # True while somebody speaks and for `hangover_s` after it

Speech is found within 10 ms of its start; what comes before the first True of a talker is at most
that frame. A frame costs about 30 µs. One detector belongs to one sound and one thread.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import webrtcvad

from media.frame import RATE_HZ, TICK_S, FloatArray
from media.resampling.whole_factor import Downsampler

VAD_RATE_HZ: Final = 16_000
HANGOVER_S: Final = 0.2
"""Ends of words are quieter than the detector hears, and pauses within a sentence are short. What
WebRTC itself goes on for, up to 0.4 s after loud speech, comes before it."""

_FULL_SCALE: Final = np.float32(32767.0)
_INAUDIBLE: Final = np.float32(10 ** (-66 / 20))
"""Peak of a frame that is silence whatever it holds: the noise of a good sound card."""


class VoiceActivity:
    """One sound's detector, for frames of 10 ms at 48 kHz.

    `strictness` is that of WebRTC: 0 takes much for speech and misses none, 3 the reverse.
    """

    def __init__(self, *, strictness: int = 1, hangover_s: float = HANGOVER_S) -> None:
        self._vad = webrtcvad.Vad(strictness)
        self._downsampler = Downsampler(RATE_HZ // VAD_RATE_HZ)
        self._hangover = round(hangover_s / TICK_S)
        self._left = 0

    def hears(self, frame: FloatArray) -> bool:
        """Whether this frame of 480 samples belongs to speech, the hangover included."""
        sound = self._downsampler.resample(frame)  # always, so that its memory stays right
        if self._is_speech(sound):
            self._left = self._hangover
            return True
        if self._left:
            self._left -= 1
            return True
        return False

    def _is_speech(self, sound: FloatArray) -> bool:
        if max(sound.max(), -sound.min()) < _INAUDIBLE:
            return False
        samples = np.clip(sound, -1.0, 1.0) * _FULL_SCALE
        return bool(self._vad.is_speech(samples.astype(np.int16).tobytes(), VAD_RATE_HZ))
