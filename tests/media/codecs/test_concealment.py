from __future__ import annotations

import numpy as np
import pytest

from media.codecs.concealment import Concealment
from media.codecs.extrapolation import extrapolated, pitch_period
from media.frame import FloatArray
from tests.media.synthetic_voice import voice

RATE_HZ = 8000
FRAME = 160


def with_losses(sound: FloatArray, lost: set[int], fill: str) -> FloatArray:
    """`sound` in frames of 20 ms, the lost ones concealed, repeated, or silent."""
    concealment = Concealment(RATE_HZ)
    out = []
    last = np.zeros(FRAME, dtype=np.float32)
    for number in range(sound.size // FRAME):
        frame = sound[number * FRAME : (number + 1) * FRAME]
        if number not in lost:
            last = concealment.heard(frame) if fill == "concealed" else frame
        elif fill == "concealed":
            last = np.concatenate([concealment.made_up(80), concealment.made_up(80)])
        elif fill == "silent":
            last = np.zeros(FRAME, dtype=np.float32)
        out.append(last)
    return np.concatenate(out)


def spectral_distance(a: FloatArray, b: FloatArray) -> float:
    """Mean distance in dB of the spectra of 32 ms windows, floors cut at -60 dB."""

    def spectra(sound: FloatArray) -> FloatArray:
        frames = np.lib.stride_tricks.sliding_window_view(sound, 256)[::128] * np.hanning(256)
        levels = 20 * np.log10(np.abs(np.fft.rfft(frames, axis=1)) + 1e-2)
        return np.asarray(levels, dtype=np.float32)

    return float(np.sqrt(np.mean((spectra(a) - spectra(b)) ** 2)))


def some_lost(seed: int, count: int, share: float = 0.05) -> set[int]:
    return {int(n) for n in np.flatnonzero(np.random.default_rng(seed).random(count) < share)}


@pytest.mark.parametrize("pitch_hz", [90.0, 130.0, 210.0])
def test_concealed_loss_is_nearer_to_what_was_said_than_silence_or_repetition(
    pitch_hz: float,
) -> None:
    """By distance of the spectra, with 5 % of 20 ms packets lost."""
    sound = voice(RATE_HZ, 6.0, pitch_hz=pitch_hz)
    lost = some_lost(3, sound.size // FRAME)
    heard = {fill: with_losses(sound, lost, fill) for fill in ("concealed", "repeated", "silent")}
    distance = {fill: spectral_distance(sound[: out.size], out) for fill, out in heard.items()}
    assert distance["concealed"] < 0.9 * min(distance["repeated"], distance["silent"])


@pytest.mark.parametrize("pitch_hz", [90.0, 130.0, 210.0])
def test_a_gap_whose_end_is_known_is_nearer_to_what_was_said_than_one_that_is_open(
    pitch_hz: float,
) -> None:
    """By the error of the wave in the second half of the gaps, where both sides tell something."""
    sound = voice(RATE_HZ, 6.0, pitch_hz=pitch_hz)
    open_error = known_error = 0.0
    for start in range(FRAME * 5, sound.size - 2 * FRAME, 7 * FRAME // 2):
        ends = []
        for following in (None, sound[start + FRAME : start + 2 * FRAME]):
            concealment = Concealment(RATE_HZ)
            concealment.heard(sound[:start])
            gap = None if following is None else concealment.bridged(FRAME, following)
            gap = concealment.made_up(FRAME) if gap is None else gap
            ends.append(float(np.sum((gap - sound[start : start + FRAME])[FRAME // 2 :] ** 2)))
        open_error += ends[0]
        known_error += ends[1]
    assert known_error < 0.7 * open_error


def test_what_is_too_short_or_too_far_is_not_led_over_to() -> None:
    concealment = Concealment(RATE_HZ)
    concealment.heard(voice(RATE_HZ, 0.3, pauses=False))
    following = voice(RATE_HZ, 0.1, pauses=False)
    assert concealment.bridged(FRAME, following[:80]) is None
    assert concealment.bridged(4 * FRAME, following) is None
    assert Concealment(RATE_HZ).bridged(FRAME, following) is None


@pytest.mark.parametrize("pitch_hz", [90.0, 130.0, 210.0])
def test_neither_the_start_nor_the_end_of_a_gap_clicks(pitch_hz: float) -> None:
    """No step between two samples is much larger than those the voice itself makes."""
    sound = voice(RATE_HZ, 4.0, pitch_hz=pitch_hz)
    largest = np.abs(np.diff(sound)).max()
    for seed in range(10):
        out = with_losses(sound, some_lost(seed, sound.size // FRAME, 0.1), "concealed")
        assert np.abs(np.diff(out)).max() <= 1.25 * largest


@pytest.mark.parametrize("growth_db_per_s", [-300.0, 300.0])
def test_a_sound_that_grows_or_dies_away_is_gone_on_with_and_repeated_without_a_step(
    growth_db_per_s: float,
) -> None:
    time = np.arange(400) / RATE_HZ
    level = 10 ** (growth_db_per_s * (time - time[-1] * (growth_db_per_s > 0)) / 20)
    sound = (0.5 * level * np.cos(2 * np.pi * 110 * time)).astype(np.float32)
    concealment = Concealment(RATE_HZ)
    played = np.concatenate((concealment.heard(sound), concealment.made_up(240)))
    natural = np.abs(np.diff(sound[-160:])).max()
    assert np.abs(np.diff(played[-300:])).max() < 1.3 * natural


def test_a_tone_goes_on_through_a_loss() -> None:
    time = np.arange(RATE_HZ) / RATE_HZ
    tone = (0.5 * np.sin(2 * np.pi * 200 * time)).astype(np.float32)
    out = with_losses(tone, {20}, "concealed")
    error = out - tone[: out.size]
    first_half = slice(20 * FRAME, 20 * FRAME + FRAME // 2)
    assert np.abs(error[first_half]).max() < 0.035  # it begins to fade after 5 ms


def test_a_long_gap_fades_to_silence_within_80_ms_and_stays_silent() -> None:
    concealment = Concealment(RATE_HZ)
    concealment.heard(voice(RATE_HZ, 0.3, pauses=False))
    assert not concealment.silent
    made_up = [concealment.made_up(80) for _ in range(10)]
    loudness = [float(np.abs(block).max()) for block in made_up]
    assert loudness[0] > 4 * loudness[7] > 0
    assert loudness[8:] == [0.0, 0.0]
    assert concealment.silent


def test_sound_after_silence_rises_from_zero() -> None:
    concealment = Concealment(RATE_HZ)
    loud = np.full(FRAME, 0.9, dtype=np.float32)
    first = concealment.heard(loud)
    assert first[0] == 0.0
    assert np.abs(np.diff(first)).max() < 0.05
    assert np.array_equal(first[FRAME // 2 :], loud[FRAME // 2 :])


def test_before_anything_was_heard_there_is_nothing_to_make_up() -> None:
    concealment = Concealment(RATE_HZ)
    assert concealment.silent
    assert not concealment.made_up(80).any()


def test_sound_without_loss_is_not_touched() -> None:
    concealment = Concealment(RATE_HZ)
    sound = voice(RATE_HZ, 0.5, pauses=False)
    concealment.heard(sound[:FRAME])
    assert np.array_equal(concealment.heard(sound[FRAME : 2 * FRAME]), sound[FRAME : 2 * FRAME])


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(400),
        np.full(400, 0.9),
        np.where(np.arange(400) // 20 % 2, 1.0, -1.0),
        np.eye(1, 400, 399)[0],
        np.full(400, 1e-20),
        np.random.default_rng(1).uniform(-1.0, 1.0, 400),
    ],
    ids=["silence", "constant", "square", "impulse", "next to nothing", "noise"],
)
def test_no_sound_makes_what_goes_on_from_it_swell(sound: FloatArray) -> None:
    made_up = extrapolated(sound.astype(np.float32), 640, RATE_HZ)
    assert np.abs(made_up).max() <= 1.5 * np.abs(sound).max()


@pytest.mark.parametrize("pitch_hz", [80, 100, 125, 200])
def test_the_pitch_period_is_found(pitch_hz: int) -> None:
    phase = np.arange(400) * pitch_hz / RATE_HZ
    partials = [np.sin(2 * np.pi * k * phase + k) / k for k in range(1, 6)]
    wave = np.sum(partials, axis=0).astype(np.float32)
    period = RATE_HZ / pitch_hz
    found = pitch_period(wave, RATE_HZ).samples
    assert found / period == pytest.approx(round(found / period), abs=0.005)
