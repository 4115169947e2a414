"""The looped microphone."""

import numpy as np

from media.devices.loop import LoopInput
from media.frame import FRAME_SAMPLES, FloatArray, silence


def frame(value: float) -> FloatArray:
    return np.full(FRAME_SAMPLES, value, dtype=np.float32)


def test_the_microphone_hears_what_was_played_one_frame_ago() -> None:
    loop, into = LoopInput(), silence()
    heard = []
    for played in (frame(0.1), frame(0.2), None, frame(0.3), None):
        loop.read(into, played, 0.0)
        heard.append(float(into[0]))
        assert np.all(into == into[0])
    assert np.allclose(heard, [0.0, 0.1, 0.2, 0.0, 0.3])


def test_the_played_frame_may_be_reused_by_its_owner() -> None:
    loop, into, played = LoopInput(), silence(), frame(0.1)
    loop.read(into, played, 0.0)
    played.fill(0.9)
    loop.read(into, None, 0.0)
    assert np.all(into == np.float32(0.1))
