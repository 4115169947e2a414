"""Every engine that cancels echo, in simulated rooms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from media.echo.aec3 import Aec3
from media.echo.canceller import EchoCanceller
from media.echo.full_duplex import FullDuplex
from media.frame import PAIR_SAMPLES, RATE_HZ, FloatArray, silence
from tests.media.echo.room_recording import (
    cancelled,
    erle_db,
    far_voice,
    likeness,
    near_voice,
    record,
)

ENGINES: list[Callable[[], EchoCanceller]] = [Aec3, FullDuplex]
ROOMS = [
    "noise_db=-70",
    "noise_db=-70&drift_ppm=100&reverberation_ms=100",
    "noise_db=-70&delay_ms=280&reverberation_ms=50",
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("room", ROOMS)
def test_the_echo_is_gone_within_three_seconds(
    engine: Callable[[], EchoCanceller], room: str, tmp_path: Path
) -> None:
    recording = record(tmp_path, room, far_voice(5.0), None)
    out = cancelled(engine(), recording)
    assert erle_db(recording, out, 3.0, 5.0) > 30.0


@pytest.mark.parametrize("engine", ENGINES)
def test_it_is_gone_again_after_somebody_moved_and_after_a_step_of_the_level(
    engine: Callable[[], EchoCanceller], tmp_path: Path
) -> None:
    far = far_voice(6.9)
    far[: 5 * RATE_HZ] *= 0.3
    recording = record(tmp_path, "noise_db=-80&change_s=3.5&reverberation_ms=100", far, None)
    out = cancelled(engine(), recording)
    assert erle_db(recording, out, 4.0, 5.0) > 20.0
    assert erle_db(recording, out, 5.5, 6.9) > 30.0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_voice_near_the_microphone_passes_while_the_loudspeaker_is_quiet(
    engine: Callable[[], EchoCanceller], tmp_path: Path
) -> None:
    near = near_voice(3.0)
    recording = record(tmp_path, "", silence(near.size), near)
    out = cancelled(engine(), recording)
    assert likeness(near, out, 0.5, 3.0) > 0.9


@pytest.mark.parametrize("engine", ENGINES)
def test_silence_stays_silence(engine: Callable[[], EchoCanceller]) -> None:
    canceller = engine()
    for _ in range(25):
        assert not np.any(canceller.cancel(silence(PAIR_SAMPLES), None))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_canceller_that_was_reset_is_as_new(
    engine: Callable[[], EchoCanceller], tmp_path: Path
) -> None:
    recording = record(tmp_path, "reverberation_ms=50", far_voice(1.0), None)
    canceller = engine()
    first = cancelled(canceller, recording)
    assert not np.allclose(cancelled(canceller, recording), first, atol=1e-4)
    canceller.reset()
    assert np.allclose(cancelled(canceller, recording), first, atol=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("microphone", "loudspeaker"),
    [(1.0, 1.0), (-1.0, 0.0), (0.0, 1.0), (1e-30, 1e-30), (1.0, None)],
)
def test_extremes_are_survived(
    engine: Callable[[], EchoCanceller], microphone: float, loudspeaker: float | None
) -> None:
    canceller = engine()
    ends = np.full(PAIR_SAMPLES, microphone, dtype=np.float32)
    far = None if loudspeaker is None else np.full(PAIR_SAMPLES, loudspeaker, dtype=np.float32)
    for _ in range(50):
        assert np.all(np.isfinite(canceller.cancel(ends, far)))
    tone: FloatArray = np.sin(np.arange(PAIR_SAMPLES) * 0.1, dtype=np.float32) * np.float32(0.1)
    for _ in range(100):
        out = canceller.cancel(tone, None)
    assert 0.05 < np.abs(out).max() < 0.2


@pytest.mark.parametrize("room", ["noise_db=-70", "noise_db=-70&drift_ppm=-100"])
def test_both_are_heard_who_speak_at_once_and_better_than_by_aec3(
    room: str, tmp_path: Path
) -> None:
    near = near_voice(6.0)
    near[: 2 * RATE_HZ] = 0.0
    recording = record(tmp_path, room, far_voice(6.0), near)
    ours, theirs = (
        likeness(near, cancelled(engine(), recording), 2.5, 6.0) for engine in (FullDuplex, Aec3)
    )
    assert ours > 0.4
    assert ours > theirs + 0.1


@pytest.mark.parametrize(("delay_ms", "drift_ppm"), [(30, 100), (250, -100), (120, 0)])
def test_the_delay_and_the_drift_are_found(delay_ms: int, drift_ppm: int, tmp_path: Path) -> None:
    room = f"noise_db=-75&delay_ms={delay_ms}&drift_ppm={drift_ppm}&reverberation_ms=100"
    canceller = FullDuplex()
    cancelled(canceller, record(tmp_path, room, far_voice(6.0), None))
    assert canceller.drift_ppm == pytest.approx(drift_ppm, abs=30)
    # up to 30 ms the echo lies within the filter as it begins
    assert canceller.delay_s == pytest.approx(delay_ms * 1e-3, abs=0.021)


def test_what_is_said_after_the_loudspeaker_fell_silent_passes_bit_by_bit(tmp_path: Path) -> None:
    far = far_voice(4.0)
    far[RATE_HZ:] = 0.0
    near = near_voice(4.0)
    recording = record(tmp_path, "reverberation_ms=50", far, near)
    out = cancelled(FullDuplex(), recording)
    late = out[2 * RATE_HZ :]
    assert np.array_equal(late, recording.microphone[2 * RATE_HZ - PAIR_SAMPLES : -PAIR_SAMPLES])


def test_a_card_whose_delay_jumps_is_found_again_within_half_a_second(tmp_path: Path) -> None:
    far = far_voice(6.0)
    early, late = (
        record(tmp_path, f"noise_db=-75&delay_ms={delay_ms}&reverberation_ms=50", far, None)
        for delay_ms in (20, 150)
    )
    early.microphone[3 * RATE_HZ :] = late.microphone[3 * RATE_HZ :]
    out = cancelled(FullDuplex(), early)
    assert erle_db(early, out, 2.0, 3.0) > 30.0
    assert erle_db(early, out, 3.6, 6.0) > 30.0


def upper(sound: FloatArray) -> FloatArray:
    """What of it lies above the bins that are cancelled."""
    spectrum = np.fft.rfft(sound)
    spectrum[np.fft.rfftfreq(sound.size, 1 / RATE_HZ) < 8500] = 0.0
    return np.fft.irfft(spectrum).astype(np.float32)


def noise(seconds: float, level: float, seed: int) -> FloatArray:
    samples = np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ)) * level
    return np.asarray(samples, dtype=np.float32)


def test_echo_above_8_khz_is_suppressed_and_what_is_said_there_is_kept(tmp_path: Path) -> None:
    far = noise(4.0, 0.05, seed=1)
    alone = record(tmp_path, "reverberation_ms=50", far, None)
    out = cancelled(FullDuplex(), alone)
    before, after = (np.sum(upper(sound[RATE_HZ:]) ** 2) for sound in (alone.microphone, out))
    assert after < 1e-3 * before
    near = noise(4.0, 0.05, seed=2)
    near[: 2 * RATE_HZ] = 0.0
    both = record(tmp_path, "reverberation_ms=50", far * np.float32(0.3), near)
    out = cancelled(FullDuplex(), both)
    said, kept = (np.sum(upper(sound[5 * RATE_HZ // 2 :]) ** 2) for sound in (near, out))
    assert kept == pytest.approx(said, rel=0.3)
