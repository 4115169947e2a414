"""The clip library: which names there are, and what they stand for."""

import wave
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from conf.validation.problem import BadSettings
from conf.validation.validate import validate
from media.clips.clip import ClipError
from media.clips.clip_cache import ClipCache
from media.clips.loudness import loudness_of
from media.clips.tone_set import TONES
from media.frame import linear
from speaker.sound.clip_levels import ClipLevels
from speaker.sound.clip_refusals import UnknownClip
from speaker.sound.clip_uses import clips_named, uses_of
from speaker.sound.clips import Clip, ClipLibrary


def save_sound(file: Path, *, samples: int = 480) -> None:
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(48000)
        sound.writeframes(b"\x00\x20" * samples)


def known(folder: Path, levels: ClipLevels | None = None) -> ClipLibrary:
    return ClipLibrary(folder, ClipCache(folder / "cache", most_bytes=1 << 30), levels)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    clips = tmp_path / "clips"
    clips.mkdir()
    save_sound(clips / "bell.wav")
    return clips


@pytest.mark.parametrize("name", ["bell", "bell.wav"])
def test_a_file_is_named_with_or_without_its_ending(folder: Path, name: str) -> None:
    assert known(folder).load(name).samples.size == 480


def test_an_ending_may_be_of_any_case(folder: Path) -> None:
    save_sound(folder / "GONG.WAV")
    library = known(folder)
    assert library.load("GONG").samples.size == 480
    assert "GONG" in library.names()


def test_built_in_tones_need_no_file(tmp_path: Path) -> None:
    library = known(tmp_path / "nonexistent")
    assert library.load("tone").samples.size > 0
    assert library.names() == sorted(TONES)


def test_a_file_of_the_name_of_a_tone_takes_its_place(folder: Path) -> None:
    save_sound(folder / "tone.wav", samples=960)
    assert known(folder).load("tone").samples.size == 960


@pytest.mark.parametrize("name", ["../secret", "../secret.wav", "/etc/passwd", "..", "", "sub/x"])
def test_no_name_leads_out_of_the_folder(folder: Path, name: str) -> None:
    save_sound(folder.parent / "secret.wav")
    with pytest.raises(UnknownClip):
        known(folder).load(name)


def test_an_unknown_name_is_answered_with_those_that_there_are(folder: Path) -> None:
    (folder / "notes.txt").touch()
    (folder / "folder.wav").mkdir()
    with pytest.raises(
        UnknownClip, match=r"which are alarm, attention, beep, bell, busy, .*, tone$"
    ):
        known(folder).load("bel")


def test_a_file_that_is_no_sound_is_told(folder: Path) -> None:
    (folder / "noise.mp3").write_bytes(b"no sound at all")
    with pytest.raises(ClipError):
        known(folder).load("noise")


def test_a_loaded_clip_plays_even_when_its_file_is_gone(folder: Path) -> None:
    library = known(folder)
    library.load("bell")
    (folder / "bell.wav").unlink()
    assert library.load("bell").samples.size == 480


def test_every_clip_that_a_setting_names_is_found_with_its_key() -> None:
    rule = {
        "name": "r",
        "conditions": [{"event": "dtmf.digit", "digit": "1"}],
        "action": [{"type": "stop_clip", "clip": "a"}, {"type": "play_clip", "clip": "b"}],
    }
    clips = [{"name": "c", "gain_db": -3.0}]
    quiet = {"call_progress_tones": False}
    tables = {"announcement": {"clip": "tone"}, "rules": [rule], "clips": clips, "audio": quiet}
    settings = validate(tables)
    assert list(clips_named(settings)) == [
        ("announcement.clip", "tone"),
        ("rules[0].action[1].clip", "b"),
        ("clips[0].name", "c"),
    ]
    assert uses_of(settings, {"b", "c"}) == ["rules[0].action[1].clip"]


def test_the_tones_of_calls_in_progress_are_named_unless_they_are_off() -> None:
    assert [name for _, name in clips_named(validate({}))] == ["ringback", "busy", "congestion"]


NORMALIZED = {"audio": {"normalize_clip_loudness": True, "clip_loudness_lufs": -26.0}}


def library(folder: Path, settings: Mapping[str, object]) -> ClipLibrary:
    told = validate(settings)
    return known(folder, ClipLevels(told.audio, told.clips))


def lufs(clip: Clip) -> float:
    return loudness_of(clip.samples * np.float32(linear(clip.gain_db))).integrated_lufs


def save_tone(file: Path, level_db: float, *, seconds: float = 0.6) -> None:
    time_s = np.arange(round(seconds * 48000)) / 48000
    tone = 32767 * linear(level_db) * np.sin(2 * np.pi * 1000 * time_s)
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, 48000, 0, "NONE", ""))
        sound.writeframes(tone.astype("<i2").tobytes())


def test_clips_of_every_level_are_brought_to_one_loudness(folder: Path) -> None:
    save_tone(folder / "quiet.wav", -40.0)
    save_tone(folder / "loud.wav", -1.0)
    save_tone(folder / "short.wav", -12.0, seconds=0.1)
    known = library(folder, NORMALIZED)
    for name in ("quiet", "loud", "short", "tone", "beep", "gong"):
        assert lufs(known.load(name)) == pytest.approx(-26.0, abs=0.1), name


def test_what_is_set_for_one_clip_wins_and_its_gain_comes_on_top(folder: Path) -> None:
    save_tone(folder / "loud.wav", -1.0)
    save_tone(folder / "other.wav", -1.0)
    clips = [
        {"name": "loud", "normalize_loudness": False, "gain_db": -3.0},
        {"name": "other.wav", "gain_db": 2.0},
    ]
    known = library(folder, {**NORMALIZED, "clips": clips})
    assert known.load("loud").gain_db == known.load("loud.wav").gain_db == -3.0
    for name in ("other", "other.wav"):
        assert lufs(known.load(name)) == pytest.approx(-24.0, abs=0.1), name


def test_the_entry_with_the_ending_is_the_one_of_that_file(folder: Path) -> None:
    save_tone(folder / "twice.wav", -9.0)
    save_tone(folder / "twice.au.wav", -9.0)
    clips = [{"name": "twice", "gain_db": -3.0}, {"name": "twice.wav", "gain_db": -6.0}]
    known = library(folder, {"clips": clips})
    assert known.load("twice").gain_db == known.load("twice.wav").gain_db == -6.0
    assert known.load("twice.au").gain_db == 0.0


def test_a_single_clip_may_be_the_only_one_that_is_normalized(folder: Path) -> None:
    save_tone(folder / "quiet.wav", -40.0)
    known = library(folder, {"clips": [{"name": "quiet", "normalize_loudness": True}]})
    assert lufs(known.load("quiet")) == pytest.approx(-20.0, abs=0.1)
    assert known.load("bell").gain_db == 0.0


def test_a_clip_whose_peaks_allow_no_more_stays_quieter(folder: Path) -> None:
    with wave.open(str(folder / "clicks.wav"), "wb") as sound:
        sound.setparams((1, 2, 48000, 0, "NONE", ""))
        sound.writeframes((b"\xff\x7f" + b"\0\0" * 4799) * 10)
    known = library(folder, NORMALIZED)
    assert known.load("clicks").gain_db == pytest.approx(-1.0, abs=0.3)


def test_no_two_entries_are_about_the_same_clip() -> None:
    with pytest.raises(BadSettings, match="already used by clips"):
        validate({"clips": [{"name": "a"}, {"name": "a", "gain_db": 3.0}]})
