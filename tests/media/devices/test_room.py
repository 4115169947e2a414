"""The simulated room."""

from pathlib import Path

import numpy as np
import pytest

from media.devices.room import CARD_DELAY_FRAMES, ECHO_DB, Echo, RoomInput, room_response
from media.devices.wav import WavOutput
from media.frame import FRAME_SAMPLES, RATE_HZ, TICK_S, FloatArray, linear, silence


def noise(frames: int, level: float, seed: int) -> FloatArray:
    samples = level * np.random.default_rng(seed).standard_normal(frames * FRAME_SAMPLES)
    return samples.astype(np.float32)


def near_end(path: Path, samples: FloatArray) -> RoomInput:
    output = WavOutput(str(path))
    output.open()
    for number, start in enumerate(range(0, samples.size, FRAME_SAMPLES)):
        output.write(samples[start : start + FRAME_SAMPLES], number * TICK_S)
    output.close()
    room = RoomInput(str(path))
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
    response = room_response()
    assert np.array_equal(response, room_response())
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
    delayed = np.concatenate([silence(CARD_DELAY_FRAMES * FRAME_SAMPLES), played])[: played.size]
    expected = np.convolve(delayed, room_response())[: played.size]
    assert echo == pytest.approx(expected, abs=0.001)
    level = np.sqrt(np.mean(echo[-RATE_HZ // 2 :] ** 2) / np.mean(played**2))
    assert level == pytest.approx(linear(ECHO_DB), rel=0.1)


def test_a_quiet_loudspeaker_leaves_only_the_near_end(tmp_path: Path) -> None:
    near = noise(10, 0.05, seed=5)
    heard = recorded(near_end(tmp_path / "near.wav", near), silence(near.size))
    assert heard == pytest.approx(near, abs=0.001)
