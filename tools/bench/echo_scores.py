"""How well echo was taken away, and how much of the near end with it; all sound is at 16 kHz."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tools.bench.errors import CannotDo, NoSoundHeard
from tools.bench.voices import RATE_HZ, Samples

WINDOW_S = 0.5
HEARD_DB = -50.0
"""Level (dBFS) of an echo that counts: in pauses there is nothing to take away."""


class Scores(NamedTuple):
    """By AECMOS, 1 to 5 each."""

    echo: float
    degradation: float


def erle_db(echo: Samples, left: Samples, from_s: float) -> float:
    """Echo return loss enhancement from then on: by how much the echo became quieter."""
    part = slice(round(from_s * RATE_HZ), min(echo.size, left.size))
    return _ratio_db(echo[part], left[part])


def converged_after_s(echo: Samples, left: Samples, wanted_db: float) -> float | None:
    """When the first half second in which the echo is so much quieter is over; None: never."""
    size = round(WINDOW_S * RATE_HZ)
    for at in range(0, min(echo.size, left.size) - size, size // 5):
        window = slice(at, at + size)
        level_db = 10 * np.log10(np.mean(echo[window] ** 2) + 1e-12)
        if level_db > HEARD_DB and _ratio_db(echo[window], left[window]) >= wanted_db:
            return (at + size) / RATE_HZ
    return None


def _ratio_db(before: Samples, after: Samples) -> float:
    return float(10 * np.log10((np.sum(before**2) + 1e-12) / (np.sum(after**2) + 1e-12)))


def aecmos(far: Samples, microphone: Samples, heard: Samples, talk: str) -> Scores:
    """What people would say (Microsoft's model for 16 kHz); `talk` is `st` or `dt`.

    Raises:
        CannotDo: the package speechmos is not installed.
    """
    try:
        from speechmos import aecmos as model  # noqa: PLC0415  (only for this figure)
    except ImportError as error:
        raise CannotDo(f"the package speechmos is not installed: {error}") from error
    size = min(far.size, microphone.size, heard.size)
    names = ("lpb", "mic", "enh")
    sound = {
        name: np.clip(samples[:size], -1.0, 1.0)
        for name, samples in zip(names, (far, microphone, heard), strict=True)
    }
    found = model.run(sound, RATE_HZ, talk)
    return Scores(float(found["echo_mos"]), float(found["deg_mos"]))


def intelligibility(near: Samples, heard: Samples) -> float:
    """STOI of what is heard against what was said, aligned.

    Raises:
        CannotDo: the package pystoi is not installed.
    """
    try:
        from pystoi import stoi  # noqa: PLC0415  (only for this figure)
    except ImportError as error:
        raise CannotDo("the package pystoi is not installed") from error
    return float(stoi(near, heard, RATE_HZ))


def quality(near: Samples, heard: Samples) -> float:
    """PESQ (wide band) of what is heard against what was said, aligned.

    Raises:
        CannotDo: the package pesq is not installed.
        NoSoundHeard: there is nothing to judge.
    """
    try:
        from pesq import PesqError, pesq  # noqa: PLC0415  (only for this figure)
    except ImportError as error:
        raise CannotDo("the package pesq is not installed") from error
    try:
        return float(pesq(RATE_HZ, near, heard, "wb"))
    except PesqError as error:
        raise NoSoundHeard(f"PESQ found nothing to judge: {error}") from error


def place_of(said: Samples, heard: Samples) -> int:
    """Samples by which `said` lies behind the start of `heard`; negative: it began before.

    Raises:
        NoSoundHeard: there is nothing to look in.
    """
    if not heard.size:
        raise NoSoundHeard("nothing came back")
    length = said.size + heard.size
    product = np.fft.rfft(heard, length) * np.conj(np.fft.rfft(said, length))
    likeness = np.fft.irfft(product, length)
    place = int(np.argmax(likeness))
    return place if place < heard.size else place - length


def placed(said: Samples, place: int, size: int) -> Samples:
    """`size` samples of silence with `said` at its place in them."""
    sound = np.zeros(size, dtype=np.float32)
    begin, end = max(place, 0), min(place + said.size, size)
    if begin < end:
        sound[begin:end] = said[begin - place : end - place]
    return sound
