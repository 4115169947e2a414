"""Makes the sound of a text."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from media.frame import RATE_HZ, FloatArray
from media.resampling.rational import RationalResampler
from media.speech.errors import NothingToSpeak, SpeechFailed, SpeechTooLong
from media.speech.program import run

_HEADER: Final = struct.Struct("<4s4x4s4sIHHIIHH4s4x")
"""Of a WAVE file: RIFF, WAVE, `fmt ` and its length; its form, channels, rate, bytes a second,
bytes a sample, bits; `data`. The lengths are those of a file that is still being written."""

LONGEST_S: Final = 180
"""A thousand characters take one minute at the usual speed, and a bit more than two at the lowest;
but a thousand characters of Chinese five."""

_PCM: Final = 1
_LOWEST_HZ, _HIGHEST_HZ = 8000, RATE_HZ
_FULL_SCALE: Final = 32768.0
_SILENT: Final = 8
"""Steps of 16 bits: less is no speech."""

_SPAN, _KAISER_BETA = 32, 8.0
_BLOCKS_A_SECOND: Final = 10
"""Others want the interpreter as well, the sound engine most of all: each piece takes 1 ms."""

_PHONEMES: Final = re.compile(r"\[(?=\[)")
"""Two brackets would begin a spelling by sounds."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What is to be said, and how."""

    text: str
    voice: str
    """As the program calls it."""
    speed_wpm: int
    """80 to 450."""
    pitch: int
    """0 to 99."""


def synthesize(
    utterance: Utterance, *, is_given_up: Callable[[], bool] = lambda: False
) -> FloatArray:
    """The samples of an utterance, mono, 48 kHz, read-only. Waits: not for a thread with a loop.

    Raises:
        SpeechError: as of `run`; or the text has no sound, or more than `LONGEST_S`.
    """
    arguments = (
        *("-v", utterance.voice),
        *("-s", str(utterance.speed_wpm)),
        *("-p", str(utterance.pitch)),
        *("-b", "1"),  # UTF-8
        *("--stdin", "--stdout"),
    )
    text = _PHONEMES.sub("[ ", utterance.text)
    samples, rate_hz = read_wave(run(arguments, text, is_given_up=is_given_up))
    if samples.size > LONGEST_S * rate_hz:
        raise SpeechTooLong(f"it takes longer than {LONGEST_S} s to say")
    if not samples.size or int(np.abs(samples.astype(np.int32)).max()) < _SILENT:
        raise NothingToSpeak("there is nothing in the text that this voice can say")
    return _at_48_khz(samples, rate_hz)


def read_wave(wave: bytes) -> tuple[np.ndarray[tuple[int], np.dtype[np.int16]], int]:
    """The samples of the program's file, and their rate.

    Raises:
        NothingToSpeak: there is no file.
        SpeechFailed: it is of another form.
    """
    if not wave:
        raise NothingToSpeak("there is nothing in the text that this voice can say")
    try:
        riff, kind, form, length, code, channels, rate_hz, *_, bits, data = _HEADER.unpack_from(
            wave
        )
    except struct.error as problem:
        raise SpeechFailed("the program that speaks has sent no sound") from problem
    told = (riff, kind, form, length, code, channels, bits, data)
    if told != (b"RIFF", b"WAVE", b"fmt ", 16, _PCM, 1, 16, b"data"):
        raise SpeechFailed("the program that speaks has sent sound of another form")
    if not _LOWEST_HZ <= rate_hz <= _HIGHEST_HZ:
        raise SpeechFailed(f"the program that speaks has sent sound of {rate_hz} Hz")
    end = len(wave) - (len(wave) - _HEADER.size) % 2
    return np.frombuffer(wave[_HEADER.size : end], dtype="<i2"), rate_hz


def _at_48_khz(samples: np.ndarray[tuple[int], np.dtype[np.int16]], rate_hz: int) -> FloatArray:
    if rate_hz == RATE_HZ:
        sound = (samples / _FULL_SCALE).astype(np.float32)
    else:
        resampler = RationalResampler(rate_hz, RATE_HZ, span=_SPAN, kaiser_beta=_KAISER_BETA)
        block = rate_hz // _BLOCKS_A_SECOND
        whole = np.concatenate([samples, np.zeros(_SPAN, dtype=np.int16)])  # what it holds back
        sound = np.concatenate(
            [
                resampler.resample((whole[start : start + block] / _FULL_SCALE).astype(np.float32))
                for start in range(0, whole.size, block)
            ]
        )
    sound.flags.writeable = False
    return sound
