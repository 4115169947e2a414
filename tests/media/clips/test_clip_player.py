"""Clips in frames."""

import numpy as np
import pytest

from media.clips.clip_player import CLOSING_SAMPLES, ClipPlayer
from media.frame import FRAME_SAMPLES, FloatArray


def numbered(samples: int) -> FloatArray:
    return np.arange(1, samples + 1, dtype=np.float32)


def played(player: ClipPlayer, most_frames: int = 100) -> FloatArray:
    """All that comes, up to the end or `most_frames`."""
    frames: list[FloatArray] = []
    while not player.is_over and len(frames) < most_frames:
        frames.append(player.next_frame().copy())
    return np.concatenate(frames)


@pytest.mark.parametrize("size", [1, 100, 479, 480, 481, 1440, 1441])
@pytest.mark.parametrize("repeat", [0, 1, 2])
def test_every_sample_is_played_as_often_as_asked_without_a_gap(size: int, repeat: int) -> None:
    out = played(ClipPlayer(numbered(size), repeat))
    whole = np.tile(numbered(size), repeat + 1)
    untouched = max(whole.size - CLOSING_SAMPLES, 0)
    assert np.array_equal(out[:untouched], whole[:untouched])
    assert np.all(out[whole.size - 1 :] <= whole[-1] / CLOSING_SAMPLES * 1.01)
    assert out.size == -(-whole.size // FRAME_SAMPLES) * FRAME_SAMPLES


@pytest.mark.parametrize("size", [1, 7, 480, 1000])
def test_an_endless_clip_goes_round_and_round(size: int) -> None:
    out = played(ClipPlayer(numbered(size), -1), most_frames=20)
    assert np.array_equal(out, np.resize(numbered(size), 20 * FRAME_SAMPLES))


def test_the_last_milliseconds_fall_to_zero_wherever_the_file_ends() -> None:
    out = played(ClipPlayer(np.ones(1000, dtype=np.float32), 0))
    assert np.abs(np.diff(out)).max() <= 1.01 / CLOSING_SAMPLES


def test_what_faded_out_after_a_mark_is_played_again() -> None:
    player = ClipPlayer(numbered(4800), 0)
    player.next_frame()
    player.mark()
    player.next_frame()
    player.mark()  # asked to wait twice: the place is that of the first time
    player.return_to_mark()
    assert player.next_frame()[0] == FRAME_SAMPLES + 1


def test_a_clip_that_goes_on_before_it_was_silent_goes_on_from_there() -> None:
    player = ClipPlayer(numbered(4800), 0)
    player.mark()
    player.next_frame()
    player.forget_mark()
    player.return_to_mark()
    assert player.next_frame()[0] == FRAME_SAMPLES + 1


@pytest.mark.parametrize(
    ("samples", "repeat", "named"),
    [
        (np.zeros(0, dtype=np.float32), 0, "samples"),
        (np.zeros((10, 2), dtype=np.float32), 0, "samples"),
        (np.zeros(10, dtype=np.int16), 0, "int16"),
        (np.zeros(10, dtype=np.float32), -2, "repeat"),
    ],
)
def test_what_cannot_be_played_is_refused(samples: FloatArray, repeat: int, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        ClipPlayer(samples, repeat)
