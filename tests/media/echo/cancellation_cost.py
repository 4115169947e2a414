"""What the echo canceller costs a frame, beside what nothing cheaper could cost.

`python -m tests.media.echo.cancellation_cost` times, in one run and taking turns, for two frames in
every second tick as in a running speaker: our canceller, WebRTC's AEC3 (C++), only the Fourier
transforms of ours, only as many of numpy's smallest calls as ours makes, and nothing at all. Each
in a row, and every 10 ms, when the processor's caches hold other things.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from media.echo.adaptive_filter import BLOCKS
from media.echo.aec3 import Aec3
from media.echo.full_duplex import FullDuplex
from media.echo.spectrum import CANCELLED_BINS, CANCELLED_WINDOW, WINDOW, inverse, transform
from media.frame import FRAME_SAMPLES, TICK_S, FloatArray, silence
from media.microphone.in_pairs import InPairs, Work

LEARNING_FRAMES: Final = 400
ROUNDS: Final = 20
FRAMES_IN_A_ROUND: Final = 60
SKIPPED: Final = 10
"""Frames at the start of a round that the one before it disturbs."""
ECHO_SAMPLES: Final = 1000
CALLS: Final = 130
"""Of numpy, that two frames of ours take beside their transforms; assignments and views come on
top."""

Frame = Callable[[], object]


class _Room:
    """Noise from a loudspeaker whose echo comes 21 ms later, in a room that hums a little."""

    def __init__(self, cancel: Work) -> None:
        random = np.random.default_rng(1)
        far = random.standard_normal(100 * FRAME_SAMPLES, dtype=np.float32) * np.float32(0.1)
        hum = random.standard_normal(far.size, dtype=np.float32) * np.float32(0.0003)
        self._far = np.split(far, 100)
        self._heard = np.split(np.roll(far, ECHO_SAMPLES) * np.float32(0.5) + hum, 100)
        self._cancel = cancel
        self._frame = 0

    def __call__(self) -> object:
        self._frame = (self._frame + 1) % len(self._far)
        return self._cancel(self._heard[self._frame], self._far[self._frame])


class _Transforms:
    """Those of two frames: reference, prediction, one constrained block and back, what the filter
    and the suppressor see of the error and the prediction, and what is given.
    """

    def __init__(self) -> None:
        self._one = silence(WINDOW)
        self._three = np.zeros((3, WINDOW), dtype=np.float32)
        self._constrained = np.zeros((1, CANCELLED_WINDOW), dtype=np.float32)
        self._spectrum, self._spectra = transform(self._one), transform(self._constrained)

    def __call__(self) -> None:
        transform(self._one)
        inverse(self._spectrum)
        transform(self._three)
        inverse(self._spectra)
        transform(self._constrained)
        inverse(self._spectrum)


class _Calls:
    """Multiplications of as many numbers as the filter has bins, into arrays that are there."""

    def __init__(self) -> None:
        self._arrays: list[FloatArray] = [
            np.ones(CANCELLED_BINS, dtype=np.float32) for _ in range(BLOCKS)
        ]

    def __call__(self) -> None:
        for number in range(CALLS):
            array = self._arrays[number % BLOCKS]
            np.multiply(array, array, array)


class _EverySecondTime:
    """Does what two frames take when the second comes."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._is_due = False

    def __call__(self) -> None:
        if self._is_due:
            self._work()
        self._is_due = not self._is_due


def _nothing() -> None:
    """What waking up costs by itself."""


def main(arguments: Sequence[str]) -> int:
    """Print means in µs of processor time for a frame, without the dearest tenth."""
    rounds = int(arguments[0]) if arguments else ROUNDS
    work: dict[str, Frame] = {
        "our canceller": _Room(InPairs(FullDuplex().cancel).process),
        "AEC3": _Room(InPairs(Aec3().cancel).process),
        "our Fourier transforms alone": _EverySecondTime(_Transforms()),
        f"{CALLS} multiplications by numpy alone": _EverySecondTime(_Calls()),
        "nothing": _nothing,
    }
    for frame in work.values():
        for _ in range(LEARNING_FRAMES):
            frame()
    in_a_row, paced = (_means_us(work, rounds, pace_s=pace_s) for pace_s in (0.0, TICK_S))
    lines = ["| | in a row | every 10 ms |", "|---|---:|---:|"]
    lines += [f"| {name} | {in_a_row[name]:.0f} µs | {paced[name]:.0f} µs |" for name in work]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _means_us(work: dict[str, Frame], rounds: int, *, pace_s: float) -> dict[str, float]:
    spent: dict[str, list[int]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, frame in work.items():
            spent[name] += _round(frame, pace_s)[SKIPPED:]
    pairs = {name: np.reshape(times, (-1, 2)).mean(axis=1) for name, times in spent.items()}
    return {
        name: float(np.mean(np.sort(times)[: times.size * 9 // 10])) / 1000
        for name, times in pairs.items()
    }


def _round(frame: Frame, pace_s: float) -> list[int]:
    times = []
    due = time.monotonic()
    for _ in range(FRAMES_IN_A_ROUND):
        due = max(due + pace_s, time.monotonic())
        if pace_s:
            time.sleep(max(due - time.monotonic(), 0.0))
        began = time.thread_time_ns()
        frame()
        times.append(time.thread_time_ns() - began)
    return times


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
