"""What the figure of echo stands on: levels, places, and the sound that comes back."""

from __future__ import annotations

import numpy as np
import pytest

from tools.bench.echo_scores import converged_after_s, erle_db, place_of, placed
from tools.bench.errors import NoSoundHeard
from tools.bench.figures.echo import ECHO, ROOMS
from tools.bench.packet_stream import L16, PacketStream
from tools.bench.reflector import Reflector
from tools.bench.voices import RATE_HZ, Samples


def noise(seconds: float, level: float = 0.1, seed: int = 1) -> Samples:
    samples = np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ)) * level
    return np.asarray(samples, dtype=np.float32)


def test_the_enhancement_is_the_fall_of_the_level_from_a_moment_on() -> None:
    echo = noise(4.0)
    left = echo * np.float32(0.01)
    left[: 2 * RATE_HZ] = echo[: 2 * RATE_HZ]
    assert erle_db(echo, left, 2.0) == pytest.approx(40.0, abs=0.1)
    assert erle_db(echo, left, 0.0) == pytest.approx(3.0, abs=0.1)


def test_it_has_converged_when_half_a_second_is_quiet_enough_while_there_is_an_echo() -> None:
    echo = noise(5.0)
    echo[: 1 * RATE_HZ] = 0.0  # a pause has nothing to take away
    left = echo.copy()
    left[3 * RATE_HZ :] *= np.float32(0.01)
    after_s = converged_after_s(echo, left, 30.0)
    assert after_s == pytest.approx(3.5, abs=0.1)
    assert converged_after_s(echo, left, 50.0) is None


@pytest.mark.parametrize("place", [-1000, 0, 12_345])
def test_what_was_said_is_found_in_what_is_heard_wherever_it_began(place: int) -> None:
    said = noise(2.0, seed=2)
    heard = placed(said, place, 3 * RATE_HZ) + noise(3.0, 0.05, seed=3)
    assert place_of(said, heard) == place


def test_nothing_is_found_in_nothing() -> None:
    with pytest.raises(NoSoundHeard):
        place_of(noise(1.0), np.zeros(0, dtype=np.float32))


def test_l16_that_comes_back_is_what_was_sent() -> None:
    sent = noise(0.3)
    with Reflector() as reflector, PacketStream(keep=True) as stream:
        stream.send(L16, L16.payloads(sent), frozenset(), reflector.address)
        heard = stream.returned_l16()
    lead = place_of(sent, heard)
    assert 0 <= lead < 0.05 * RATE_HZ
    size = min(heard.size - lead, sent.size) - 2 * L16.units  # the last ones may be under way
    assert heard[lead : lead + size] == pytest.approx(sent[:size], abs=1e-4)


def test_nothing_that_comes_back_is_told() -> None:
    with PacketStream(keep=True) as stream, pytest.raises(NoSoundHeard):
        stream.returned_l16()


def test_every_room_has_something_to_reach() -> None:
    for room in ROOMS:
        assert sum(quantity.endswith(room.name) for quantity in ECHO.reach) == 7
