"""An alarm level at the microphone: when it begins, how long it lasts."""

import math

import numpy as np
import pytest

from media.frame import FRAME_SAMPLES, FloatArray, silence
from media.microphone.sound_detector import SoundDetector

_ONE_TICK = np.sin(2 * np.pi * 10 * np.arange(FRAME_SAMPLES) / FRAME_SAMPLES)


def at(level_dbfs: float) -> FloatArray:
    """A tone whose root mean square is at a level."""
    return (_ONE_TICK * math.sqrt(2) * 10 ** (level_dbfs / 20)).astype(np.float32)


def detector(level_dbfs: float = -40.0, quiet_after_s: float = 0.1) -> SoundDetector:
    return SoundDetector(level_dbfs, quiet_after_s=quiet_after_s)


@pytest.mark.parametrize("level_dbfs", [-89.0, -40.0, -3.1])
def test_it_is_loud_from_the_level_on(level_dbfs: float) -> None:
    assert detector(level_dbfs).hear(at(level_dbfs - 0.2), 1.0, None) is None
    assert detector(level_dbfs).hear(at(level_dbfs + 0.2), 1.0, None) is True


def test_it_is_quiet_after_a_while_three_db_below() -> None:
    ears = detector()
    changes = [ears.hear(at(level), 1.0, None) for level in [-39.0] + 50 * [-42.5] + 12 * [-43.5]]
    assert [(place, change) for place, change in enumerate(changes) if change is not None] == [
        (0, True),
        (60, False),
    ]


def test_pauses_between_words_do_not_end_it() -> None:
    ears = detector()
    words = [at(-30.0), *(9 * [silence()])]
    changes = [ears.hear(frame, 1.0, None) for frame in 20 * words]
    assert changes[0] is True
    assert set(changes[1:]) == {None}


def test_the_gain_of_the_microphone_counts_and_a_muted_one_hears_nothing() -> None:
    assert detector().hear(at(-50.0), 4.0, None) is True
    assert detector().hear(at(-30.0), 0.1, None) is None
    assert detector(-90.0).hear(at(0.0), 0.0, None) is None
    ears = detector()
    ears.hear(at(-30.0), 1.0, None)
    assert [ears.hear(at(-30.0), 0.0, None) for _ in range(10)][-1] is False


def test_direct_current_is_no_sound() -> None:
    assert detector().hear(at(-60.0) + np.float32(0.2), 1.0, None) is None


def test_a_driver_s_fault_is_no_sound() -> None:
    broken = np.full(FRAME_SAMPLES, np.nan, dtype=np.float32)
    assert detector().hear(broken, 1.0, None) is None


def test_what_the_loudspeaker_plays_begins_no_alarm_nor_does_its_echo_and_ends_none() -> None:
    ears = detector()
    assert ears.hear(at(-10.0), 1.0, at(-20.0)) is None
    echo = [ears.hear(at(-10.0), 1.0, None) for _ in range(31)]
    assert echo == [*(29 * [None]), True, None], "0.3 s later it is not the loudspeaker any more"
    assert detector().hear(at(-10.0), 1.0, at(-61.0)) is True


def test_an_alarm_goes_on_by_what_is_heard_without_the_loudspeaker() -> None:
    ears = detector(quiet_after_s=1.0)
    ears.hear(at(-30.0), 1.0, None)
    own = [ears.hear(at(-30.0), 1.0, at(-20.0)) for _ in range(99)]
    assert set(own) == {None}
    assert ears.hear(at(-30.0), 1.0, at(-20.0)) is False
