"""A silence that is looked for must be found where it is."""

import numpy as np
import pytest

from tests.interop.pauses import Pause, longest_pause
from tests.interop.sound_file import Sound

RATE_HZ = 1000


def sound(*stretches: tuple[float, float]) -> Sound:
    """Stretches of a level, each of so many seconds."""
    parts = [np.full(round(length_s * RATE_HZ), level) for length_s, level in stretches]
    return Sound(np.concatenate(parts), RATE_HZ)


def test_the_longest_silence_between_sounds_is_found() -> None:
    heard = sound((3.0, 0.0), (1.0, 0.1), (0.2, 0.0), (1.0, -0.1), (0.5, 0.001), (1.0, 0.1))
    assert longest_pause(heard).start_s == pytest.approx(5.2, abs=0.002)
    assert longest_pause(heard).duration_s == pytest.approx(0.5, abs=0.002)


def test_silence_before_and_behind_is_no_pause() -> None:
    heard = sound((3.0, 0.0), (1.0, 0.1), (3.0, 0.0))
    assert longest_pause(heard).duration_s <= 1 / RATE_HZ


def test_a_recording_of_nothing_is_not_a_pause() -> None:
    with pytest.raises(ValueError, match="nothing"):
        longest_pause(sound((1.0, 0.001)))


def test_a_pause_knows_its_length() -> None:
    assert Pause(1.0, 3.5).duration_s == 2.5
