"""A card that runs short of sound, or skips some of it, does not click."""

import numpy as np
import pytest

from media.devices.portaudio import PortAudio
from media.devices.seam import Seam
from media.devices.system import SystemOutput
from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray
from tests.media.devices.card_library import CardLibrary, SimulatedCard

WAVE = np.cos(2 * np.pi * 100.0 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
STEP = 0.05
"""A tone of 100 Hz at full scale moves by 0.013 a sample."""


def given(*blocks: tuple[int, int], size: int = 480) -> FloatArray:
    """What a card gets in blocks of `size`: each (where in the wave it is, how much of it)."""
    seam, out = Seam(), []
    for start, count in blocks:
        block = np.full(size, np.nan, dtype=np.float32)
        block[:count] = WAVE[start : start + count]
        seam.mend(block, count)
        out.append(block)
    return np.concatenate(out)


def largest_step(sound: FloatArray) -> float:
    return float(np.abs(np.diff(sound, prepend=0.0)).max())


@pytest.mark.parametrize("size", [64, 480, 1024])
@pytest.mark.parametrize("part", [0.0, 0.02, 0.5, 0.999])
def test_sound_that_lacks_breaks_off_without_a_step(part: float, size: int) -> None:
    rest = int(part * size)
    blocks = [(0, size), (size, size), (2 * size, rest), *[(0, 0)] * 8]
    sound = given(*blocks, size=size)
    assert largest_step(sound) < STEP
    assert np.abs(sound[2 * size + rest + 240 :]).max() < 0.001


def test_sound_that_comes_back_rises_from_where_the_wave_stands_and_is_itself_after_5_ms() -> None:
    sound = given((0, 480), (480, 100), (0, 0), (0, 0), (4800, 480), (5280, 480))
    assert largest_step(sound) < STEP
    assert sound[-480:] == pytest.approx(WAVE[5280:5760], abs=0.001)


def test_sound_that_is_not_interrupted_is_left_as_it_is() -> None:
    sound = given(*((start, 480) for start in range(0, 4800, 480)))
    assert np.array_equal(sound[480:], WAVE[480:4800])


def test_where_samples_were_left_out_there_is_no_step() -> None:
    seam = Seam()
    first, second = WAVE[:480].copy(), WAVE[720:1200].copy()  # half a wave is missing
    seam.mend(first, 480)
    seam.drop()
    seam.mend(second, 480)
    assert largest_step(np.concatenate([first, second])) < 2 * STEP
    assert second[240:] == pytest.approx(WAVE[960:1200], abs=0.01)


def test_a_card_that_runs_short_and_then_skips_does_not_click() -> None:
    library = CardLibrary(SimulatedCard("USB"))
    loudspeaker = SystemOutput("", host=PortAudio(lambda: library, library.kernel_cards))
    loudspeaker.open()
    card, played = library.streams[-1], []
    frames = iter(np.split(WAVE, WAVE.size // FRAME_SAMPLES))
    for written in [*[1] * 20, 0, 0, 0, 0, 0, *[1] * 20, 12, *[1] * 20]:
        for _ in range(written):
            loudspeaker.write(next(frames), 0.0)
        played.append(card.play()[:, 0].copy())
    loudspeaker.close()
    sound = np.concatenate(played)
    assert loudspeaker.underruns > 0
    assert np.abs(sound).max() > 0.9
    assert largest_step(sound) < 2 * STEP
