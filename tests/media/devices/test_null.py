"""Silence on both sides, in real time."""

import numpy as np

from media.devices.null import NullInput, NullOutput
from media.devices.pacing import LATENCY_S
from media.frame import FRAME_SAMPLES, TICK_S


def test_the_microphone_hears_nothing() -> None:
    into = np.ones(FRAME_SAMPLES, dtype=np.float32)
    NullInput().read(into, None, 0.0)
    assert not np.any(into)


def test_lateness_within_the_latency_of_a_card_is_no_underrun() -> None:
    output = NullOutput()
    for tick in range(1000):
        late = LATENCY_S * 0.99 if tick % 3 else 0.0
        output.write(None, tick * TICK_S + late)
    assert output.underruns == 0


def test_each_stall_beyond_it_is_one_underrun() -> None:
    output = NullOutput()
    now = 0.0
    for _ in range(3):
        for _ in range(5):
            output.write(None, now)
            now += TICK_S
        now += 2 * LATENCY_S
    output.write(None, now)
    assert output.underruns == 3
