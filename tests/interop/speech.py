"""Spoken sentences, made when the tests run: a different one for each direction of a call."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.interop.comparison import band_limited, resampled
from tests.interop.sound_file import Sound, read_sound, write_sound

TELEPHONE_RATE_HZ = 8000
LEVEL_DBFS = -24.0
"""RMS of a sentence: as loud as speech on a telephone line, its peaks far from clipping."""

PAUSE_S = 0.3
"""Silence in front of the words and behind: no peer is asked to keep the first packet of a call."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A spoken sentence as a WAV file of 8 kHz."""

    path: Path
    sound: Sound


def speak(words: str, path: Path, *, voice: str) -> Sentence:
    """Have espeak-ng say `words`, and write it to `path`, levelled and with silence around it."""
    raw = path.with_suffix(".espeak.wav")
    subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "-w", str(raw), words], check=True)
    spoken = read_sound(raw)
    samples = band_limited(resampled(spoken, TELEPHONE_RATE_HZ), TELEPHONE_RATE_HZ)
    level = 10 ** (LEVEL_DBFS / 20) / np.sqrt(np.mean(samples**2))
    silence = np.zeros(round(PAUSE_S * TELEPHONE_RATE_HZ))
    words_in_silence = np.concatenate([silence, samples * level, silence])
    sound = Sound(words_in_silence, TELEPHONE_RATE_HZ)
    write_sound(path, sound)
    return Sentence(path, sound)
