"""What is sent goes on by another codec, and nothing clicks where the peer only joins the two.

Every codec is some milliseconds behind, each by its own. One that decodes each packet by itself
begins with what the old one would have come to next, and is led over to its own delay from there.
All others begin from silence, whatever they are given, and do not keep the exact wave: beside them
the old one ends in silence, if the peer still takes its last packet.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from media.codecs import Codec
from media.frame import RATE_HZ, FloatArray
from media.resampling.whole_factor import Resampler, delay_s
from media.sdp.negotiation import AgreedStream

FADE_SAMPLES: Final = 240
"""5 ms."""

_REMEMBERED: Final = 144
"""3 ms: what the longest of the filters, that to 8 kHz, remembers."""

_RISE: Final = np.linspace(0.0, 1.0, FADE_SAMPLES, endpoint=False, dtype=np.float32)
_FALL: Final[FloatArray] = np.float32(1.0) - _RISE


def needs_another_encoder(had: AgreedStream, agreed: AgreedStream) -> bool:
    """Whether what is sent from now on is not simply more of the same."""
    return (had.codec, had.parameters) != (agreed.codec, agreed.parameters)


def has_last_packet(had: AgreedStream, agreed: AgreedStream) -> bool:
    """Whether one more packet by the old codec is of use, and may go out (RFC 3264 §8.3.2)."""
    if not needs_another_encoder(had, agreed) or not agreed.direction.sends:
        return False
    keep_the_wave = had.codec.memoryless and agreed.codec.memoryless
    return not keep_the_wave and had.payload_type in agreed.may_send


def end_softly(sound: FloatArray, codec: Codec) -> None:
    """Let the last packet's sound, at 48 kHz, fall silent before what the peer hears of it ends."""
    end = sound.size - _delay(codec)
    length = min(FADE_SAMPLES, end)
    sound[end - length : end] *= _FALL[-length:]
    sound[end:] = 0.0


class Opening:
    """The first packet of a codec that takes over from another."""

    def __init__(self, had: Codec, codec: Codec, before: FloatArray, *, is_silent: bool) -> None:
        """`before` is the latest sound at 48 kHz that was sent by the codec that we `had`.

        `is_silent`: it has ended softly.
        """
        self._from_silence = is_silent or not codec.memoryless
        self._before = before.copy()
        self._shift = max(_delay(codec) - _delay(had), _REMEMBERED - before.size)

    def apply(self, sound: FloatArray, downsampler: Resampler | None) -> None:
        """Change the packet's sound, at 48 kHz; a fresh downsampler hears what was before it."""
        if self._from_silence:
            sound[:FADE_SAMPLES] *= _RISE
            return
        whole = np.concatenate((self._before, sound))
        start = self._before.size + self._shift
        if downsampler is not None:
            downsampler.resample(whole[start - _REMEMBERED : start])
        sound[:FADE_SAMPLES] *= _RISE
        sound[:FADE_SAMPLES] += _FALL * whole[start : start + FADE_SAMPLES]


def _delay(codec: Codec) -> int:
    """Samples at 48 kHz from what is captured to what is heard of it at the same place."""
    seconds = codec.delay_s
    if codec.rate_hz != RATE_HZ:
        seconds += delay_s(min(codec.rate_hz, RATE_HZ))
    return round(seconds * RATE_HZ)
