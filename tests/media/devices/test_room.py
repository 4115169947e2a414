"""The simulated room."""

from pathlib import Path

import numpy as np
import pytest

from media.devices.room import RoomInput
from media.devices.room_acoustics import Echo, room_response
from media.devices.room_parameters import USUAL_ROOM
from media.devices.wav import WavOutput
from media.frame import FRAME_SAMPLES, RATE_HZ, TICK_S, FloatArray, linear, silence


def noise(frames: int, level: float, seed: int) -> FloatArray:
    samples = level * np.random.default_rng(seed).standard_normal(frames * FRAME_SAMPLES)
    return samples.astype(np.float32)


def usual_response() -> FloatArray:
    return room_response(USUAL_ROOM.reverberation_ms * 1e-3, USUAL_ROOM.echo_db)


def near_end(path: Path, samples: FloatArray, query: str = "") -> RoomInput:
    output = WavOutput(str(path))
    output.open()
    for number, start in enumerate(range(0, samples.size, FRAME_SAMPLES)):
        output.write(samples[start : start + FRAME_SAMPLES], number * TICK_S)
    output.close()
    room = RoomInput(f"{path}?{query}")
    room.open()
    return room


def recorded(room: RoomInput, played: FloatArray) -> FloatArray:
    into, heard = silence(), []
    for start in range(0, played.size, FRAME_SAMPLES):
        room.read(into, played[start : start + FRAME_SAMPLES], 0.0)
        heard.append(into.copy())
    return np.concatenate(heard)


def test_the_convolution_in_parts_is_the_convolution() -> None:
    response, sound = noise(3, 0.1, seed=1)[:1100], noise(10, 0.1, seed=2)
    echo = Echo(response)
    frames = [
        echo.hear(sound[start : start + FRAME_SAMPLES])
        for start in range(0, sound.size, FRAME_SAMPLES)
    ]
    expected = np.convolve(sound, response)[: sound.size]
    assert np.concatenate(frames) == pytest.approx(expected, abs=1e-5)


def test_the_room_is_the_same_each_time_and_falls_by_60_db_in_its_time() -> None:
    response = usual_response()
    assert np.array_equal(response, usual_response())
    early = response[RATE_HZ // 20 : RATE_HZ // 10]
    late = response[RATE_HZ // 5 : RATE_HZ // 4]
    fall_db = 10 * np.log10(np.sum(early**2) / np.sum(late**2))
    assert fall_db == pytest.approx(60 * 0.15 / 0.3, abs=3.0)


def test_the_microphone_hears_the_near_end_and_the_echo_of_what_is_played(tmp_path: Path) -> None:
    frames = 100
    near = noise(frames, 0.05, seed=3)
    played = noise(frames, 0.1, seed=4)
    heard = recorded(near_end(tmp_path / "near.wav", near), played)
    echo = heard - near
    delayed = np.concatenate([silence(round(USUAL_ROOM.delay_ms * 1e-3 * RATE_HZ)), played])[
        : played.size
    ]
    expected = np.convolve(delayed, usual_response())[: played.size]
    assert echo == pytest.approx(expected, abs=0.001)
    level = np.sqrt(np.mean(echo[-RATE_HZ // 2 :] ** 2) / np.mean(played**2))
    assert level == pytest.approx(linear(USUAL_ROOM.echo_db), rel=0.1)


def test_a_quiet_loudspeaker_leaves_only_the_near_end(tmp_path: Path) -> None:
    near = noise(10, 0.05, seed=5)
    heard = recorded(near_end(tmp_path / "near.wav", near), silence(near.size))
    assert heard == pytest.approx(near, abs=0.001)


def test_the_echo_comes_later_by_the_delay_that_is_asked_for(tmp_path: Path) -> None:
    played = silence(20 * FRAME_SAMPLES)
    played[0] = 0.5
    room = near_end(tmp_path / "near.wav", silence(), "delay_ms=120.5&reverberation_ms=20")
    direct = int(np.argmax(usual_response()))
    assert int(np.argmax(recorded(room, played))) == round(0.1205 * RATE_HZ) + direct


def test_without_any_delay_of_the_card_a_tick_hears_what_was_played_before_it(
    tmp_path: Path,
) -> None:
    """As from a real card: no canceller could learn an echo that comes before its sound."""
    played = silence(20 * FRAME_SAMPLES)
    played[: 2 * FRAME_SAMPLES] = 0.5
    room = near_end(tmp_path / "near.wav", silence(), "delay_ms=0&reverberation_ms=20")
    heard = recorded(room, played)
    assert np.max(np.abs(heard[:FRAME_SAMPLES])) < 1e-3
    assert np.max(np.abs(heard[FRAME_SAMPLES : 2 * FRAME_SAMPLES])) > 0.1


@pytest.mark.parametrize("drift_ppm", [200, -200])
def test_clocks_that_drift_move_the_echo_until_the_buffer_slips(
    tmp_path: Path, drift_ppm: int
) -> None:
    """200 ppm are 9.6 samples in a second; after 50 s the 10 ms of delay are used up."""
    room = near_end(
        tmp_path / "near.wav", silence(), f"delay_ms=10&drift_ppm={drift_ppm}&reverberation_ms=20"
    )
    click = silence(10 * FRAME_SAMPLES)
    click[0] = 0.5
    places = [int(np.argmax(recorded(room, click))) for _ in range(530)]
    moved = np.array(places) - places[0]
    assert moved[100] == pytest.approx(96 * np.sign(drift_ppm), abs=1)
    if drift_ppm < 0:  # it comes earlier, until it would come before it is played
        assert moved[450] == pytest.approx(-432, abs=3)
        assert moved[-1] > -100


def test_a_room_changes_when_it_is_asked_to_and_back(tmp_path: Path) -> None:
    room = near_end(tmp_path / "near.wav", silence(), "change_s=1&reverberation_ms=20")
    click = silence(10 * FRAME_SAMPLES)
    click[0] = 0.5
    heard = [recorded(room, click) for _ in range(25)]
    alike = [np.allclose(one, heard[0], atol=1e-6) for one in heard]
    assert alike == [True] * 10 + [False] * 10 + [True] * 5


def test_there_is_noise_and_distortion_only_when_asked_for(tmp_path: Path) -> None:
    quiet = recorded(near_end(tmp_path / "near.wav", silence()), silence(FRAME_SAMPLES * 100))
    assert not np.any(quiet)
    noisy = near_end(tmp_path / "near.wav", silence(), "noise_db=-60")
    heard = recorded(noisy, silence(FRAME_SAMPLES * 100))
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(linear(-60), rel=0.05)
    played = noise(50, 0.3, seed=6)
    clean = recorded(near_end(tmp_path / "near.wav", silence()), played)
    soft = recorded(near_end(tmp_path / "near.wav", silence(), "soft_clip_db=-6"), played)
    assert 0.5 < np.sum(soft**2) / np.sum(clean**2) < 0.9
