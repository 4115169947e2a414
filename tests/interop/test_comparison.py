"""A comparison that cannot fail proves nothing: these show what it refuses."""

import numpy as np
import pytest
from scipy import signal

from tests.interop.comparison import Match, find_speech, hears, resampled
from tests.interop.sound_file import Samples, Sound
from tests.interop.speech import Sentence

RATE_HZ = 8000


def find_changed(sentence: Sentence, samples: Samples) -> Match:
    silence = np.zeros(RATE_HZ)
    return find_speech(sentence.sound, Sound(np.concatenate([silence, samples, silence]), RATE_HZ))


def test_sentence_is_found_at_any_place_and_rate(callers_words: Sentence) -> None:
    lead_in = np.zeros(round(1.7 * 48000))
    played = np.concatenate([lead_in, resampled(callers_words.sound, 48000), lead_in])
    match = find_speech(callers_words.sound, Sound(played, 48000))
    assert match.faithful
    assert match.offset_s == pytest.approx(1.7, abs=0.001)


def test_sentence_between_other_words_is_found(
    callers_words: Sentence, room_words: Sentence
) -> None:
    other = room_words.sound.samples
    assert find_changed(
        callers_words, np.concatenate([other, callers_words.sound.samples, other])
    ).faithful


@pytest.mark.parametrize("parts_per_million", [-200, 200])
def test_drift_of_the_sound_clock_is_followed(
    callers_words: Sentence, parts_per_million: int
) -> None:
    samples = callers_words.sound.samples
    drifted = signal.resample(samples, round(len(samples) * (1 + parts_per_million / 1e6)))
    assert find_changed(callers_words, drifted).faithful


def test_a_shift_by_one_packet_in_a_pause_is_followed(callers_words: Sentence) -> None:
    samples = callers_words.sound.samples
    speech_starts = int(np.argmax(np.abs(samples) > 0.01))
    shifted = np.insert(samples, speech_starts - 200, np.zeros(160))
    assert find_changed(callers_words, shifted).faithful


@pytest.mark.parametrize("around", range(4000, 20000, 4000))
def test_a_shift_by_one_packet_in_a_quiet_moment_is_followed(
    callers_words: Sentence, around: int
) -> None:
    """Between two words or inside one: buffers of all kinds wait for such moments."""
    samples = callers_words.sound.samples
    moments = np.convolve(samples**2, np.ones(160), mode="same")
    quiet = around + int(np.argmin(moments[around : around + 4000]))
    match = find_changed(callers_words, np.insert(samples, quiet, np.zeros(160)))
    assert match.correlation > 0.97
    assert match.faithful


def test_a_shift_by_one_packet_in_a_word_is_forgiven(callers_words: Sentence) -> None:
    samples = callers_words.sound.samples
    loudest = int(np.argmax(np.abs(samples)))
    repeated = samples[loudest - 160 : loudest]
    shifted = np.insert(samples, loudest, repeated)
    match = find_changed(callers_words, shifted)
    assert match.worst_correlation < 0.99
    assert match.faithful


def test_other_words_are_not_the_sentence(callers_words: Sentence, room_words: Sentence) -> None:
    assert find_changed(callers_words, room_words.sound.samples).correlation < 0.5


@pytest.mark.parametrize("duration_s", [0.0, 0.2, 5.0])
def test_silence_is_not_the_sentence(callers_words: Sentence, duration_s: float) -> None:
    silence = Sound(np.zeros(round(duration_s * RATE_HZ)), RATE_HZ)
    assert not find_speech(callers_words.sound, silence).faithful


def test_noise_is_not_the_sentence(callers_words: Sentence) -> None:
    noise = np.random.default_rng(1).normal(0, 0.06, 5 * RATE_HZ)
    assert find_changed(callers_words, noise).correlation < 0.5


def test_a_missing_end_is_noticed(callers_words: Sentence) -> None:
    samples = callers_words.sound.samples
    assert not find_changed(callers_words, samples[: 2 * RATE_HZ]).faithful


@pytest.mark.parametrize("gap_s", [0.1, 0.3])
def test_a_gap_in_the_speech_is_noticed(callers_words: Sentence, gap_s: float) -> None:
    samples = callers_words.sound.samples.copy()
    loudest = int(np.argmax(np.abs(samples)))
    samples[loudest - 200 : loudest - 200 + round(gap_s * RATE_HZ)] = 0
    assert not find_changed(callers_words, samples).faithful


def test_words_swapped_are_noticed(callers_words: Sentence) -> None:
    samples = callers_words.sound.samples
    one, two = samples[: RATE_HZ + 4000], samples[RATE_HZ + 4000 :]
    assert not find_changed(callers_words, np.concatenate([two, one])).faithful


@pytest.mark.parametrize("gain_db", [-6.0, -1.3, 1.3, 6.0])
def test_another_level_is_noticed(callers_words: Sentence, gain_db: float) -> None:
    samples = callers_words.sound.samples * 10 ** (gain_db / 20)
    match = find_changed(callers_words, samples)
    assert match.level_difference_db == pytest.approx(gain_db, abs=0.05)
    assert not match.faithful


def test_a_level_that_changes_on_the_way_is_noticed(callers_words: Sentence) -> None:
    samples = callers_words.sound.samples.copy()
    samples[2 * RATE_HZ :] *= 0.7
    assert not find_changed(callers_words, samples).faithful


def test_clipping_is_noticed(callers_words: Sentence) -> None:
    samples = callers_words.sound.samples
    limit = np.max(np.abs(samples)) / 3
    assert not find_changed(callers_words, np.clip(samples, -limit, limit)).faithful


def test_reversed_polarity_is_noticed(callers_words: Sentence) -> None:
    assert not find_changed(callers_words, -callers_words.sound.samples).faithful


def test_a_silent_sentence_cannot_be_looked_for() -> None:
    silence = Sound(np.zeros(RATE_HZ), RATE_HZ)
    with pytest.raises(ValueError, match="silent"):
        find_speech(silence, silence)


def test_words_that_a_busy_machine_has_moved_are_still_heard(callers_words: Sentence) -> None:
    sound = callers_words.sound
    cut, silence = len(sound.samples) // 2, np.zeros(round(0.1 * sound.rate_hz))
    moved = np.concatenate([sound.samples[:cut], silence, sound.samples[cut:]])
    heard = Sound(moved, sound.rate_hz)
    assert hears(sound, heard)
    assert not find_speech(sound, heard).faithful


def test_other_words_are_not_heard(callers_words: Sentence, room_words: Sentence) -> None:
    assert not hears(room_words.sound, callers_words.sound)
    assert not hears(callers_words.sound, room_words.sound)


def test_half_of_the_words_is_not_enough(callers_words: Sentence) -> None:
    sound = callers_words.sound
    assert not hears(sound, sound.between(0.0, sound.duration_s / 2))
