"""How late the echo comes, while others speak as well."""

from __future__ import annotations

import numpy as np
import pytest

from media.echo.delay_estimator import DelayEstimator
from media.echo.reference import Reference
from media.echo.spectrum import BLOCK, LENGTH, WINDOW, transform
from media.frame import RATE_HZ, FloatArray, silence
from tests.media.synthetic_voice import voice

SECONDS = 6.0


def said(pitch_hz: float) -> FloatArray:
    return np.asarray(voice(RATE_HZ, SECONDS, pitch_hz=pitch_hz), dtype=np.float32)


def found(heard: FloatArray, far: FloatArray) -> list[int | None]:
    """The delay in blocks after each block."""
    estimator, reference = DelayEstimator(), Reference()
    window = silence(WINDOW)
    delays = []
    for start in range(0, far.size, BLOCK):
        block = slice(start, start + BLOCK)
        window[:BLOCK] = window[BLOCK:]
        window[BLOCK:] = heard[block] * LENGTH
        reference.push(far[block], 0.0)
        estimator.note(transform(window), reference)
        delays.append(estimator.blocks)
    return delays


def echo_of(far: FloatArray, blocks: int) -> FloatArray:
    return np.concatenate((silence(blocks * BLOCK), far))[: far.size] * np.float32(0.5)


def test_the_delay_is_found_within_half_a_second_and_after_a_jump_within_another() -> None:
    far = said(110.0)
    half = far.size // 2
    heard = np.concatenate((echo_of(far, 3)[:half], echo_of(far, 15)[half:]))
    delays = found(heard, far)
    known = [delay for delay in delays if delay is not None]
    assert delays.index(known[0]) * BLOCK < 0.5 * RATE_HZ
    assert abs(known[0] - 3) <= 1
    after = delays[(half + RATE_HZ // 2) // BLOCK]
    assert after is not None
    assert abs(after - 15) <= 1


@pytest.mark.parametrize("pitch_hz", [121.0, 205.0])
def test_a_delay_that_is_known_is_not_left_while_somebody_else_speaks_louder(
    pitch_hz: float,
) -> None:
    far = said(110.0)
    near = np.roll(said(pitch_hz), RATE_HZ // 2) * np.float32(4)
    near[: 2 * RATE_HZ] = 0.0
    delays = found(echo_of(far, 15) + near, far)
    assert set(delays[2 * RATE_HZ // BLOCK :]) <= {14, 15, 16}
