"""The filter that learns the echo's path."""

import numpy as np
import pytest
from scipy import signal

from media.echo.adaptive_filter import BLOCKS, AdaptiveFilter
from media.echo.analysis import Analysis
from media.echo.reference import Reference
from media.echo.spectrum import BLOCK, CANCELLED_BINS, ComplexArray
from media.frame import RATE_HZ, FloatArray


def noise(blocks: int, seed: int) -> FloatArray:
    samples = np.random.default_rng(seed).standard_normal(blocks * BLOCK) * 0.05
    return np.asarray(samples, dtype=np.float32)


def low_pass(sound: FloatArray, hz: float) -> FloatArray:
    taps = signal.butter(8, hz, fs=RATE_HZ, output="sos")
    return np.asarray(signal.sosfilt(taps, sound), dtype=np.float32)


def spectrum(error: FloatArray) -> ComplexArray:
    learnt: ComplexArray = Analysis().take(error, error)[0]
    return learnt


class Bench:
    """A filter and what it listens to."""

    def __init__(self) -> None:
        self.filter = AdaptiveFilter()
        self.reference = Reference()

    def run(self, far: FloatArray, heard: FloatArray, delay: int = 0) -> tuple[float, float]:
        """Powers of the prediction and of the error in the last half of it."""
        predicted, wrong = [], []
        for start in range(0, far.size, BLOCK):
            frame = slice(start, start + BLOCK)
            self.reference.push(far[frame], 0.0)
            prediction = self.filter.predict(self.reference, delay)
            error = heard[frame] - prediction
            self.filter.learn(spectrum(error), self.reference, delay)
            predicted.append(float(np.mean(prediction**2)))
            wrong.append(float(np.mean(error**2)))
        half = len(wrong) // 2
        return float(np.mean(predicted[half:])), float(np.mean(wrong[half:]))


def echo_of(far: FloatArray, late: int) -> FloatArray:
    delayed = np.zeros_like(far)
    delayed[late:] = far[:-late] * np.float32(0.5)
    return delayed


def test_an_echo_is_predicted_within_a_second_and_still_while_somebody_speaks() -> None:
    bench = Bench()
    far = low_pass(noise(100, 1), 7000)
    echo = echo_of(far, 1000)
    _, wrong = bench.run(far, echo)
    assert wrong < 0.01 * np.mean(echo**2)
    near = low_pass(noise(100, 2), 7000)
    _, wrong = bench.run(far, echo + near)
    assert wrong == pytest.approx(np.mean(near**2), rel=0.1)


def test_what_is_known_moves_with_the_delay() -> None:
    bench = Bench()
    far = low_pass(noise(102, 1), 7000)
    echo = echo_of(far, 2 * BLOCK + 500)
    begin = 100 * BLOCK
    bench.run(far[:begin], echo[:begin])
    bench.filter.shift(2)
    _, wrong = bench.run(far[begin:], echo[begin:], delay=2)
    assert wrong < 0.05 * np.mean(echo**2)
    bench.filter.shift(BLOCKS)
    assert not np.any(bench.filter.predict(bench.reference, 2))


def test_doubt_makes_nothing_more_unknown_than_it_was_at_first() -> None:
    """Else weights grow where nothing is played, and with them the doubt."""
    bench = Bench()
    far = low_pass(noise(50, 1), 3000)
    heard = 8 * echo_of(far, 1000)  # louder than any room
    everywhere = np.ones(CANCELLED_BINS, dtype=np.float32)
    for start in range(0, far.size, 2 * BLOCK):
        both = slice(start, start + 2 * BLOCK)
        bench.filter.doubt(everywhere)
        bench.run(far[both], heard[both])
    beginner = AdaptiveFilter()
    beginner.learn(spectrum(noise(1, 2)), bench.reference, 0)
    assert np.all(bench.filter.uncertainty <= 1.001 * beginner.uncertainty)
