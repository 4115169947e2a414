"""The clip library: which names there are, and what they stand for."""

import wave
from pathlib import Path

import pytest

from conf.validation import validate
from media.clip import ClipError
from media.tone_set import TONES
from speaker.clips import ClipLibrary, UnknownClip, clips_named


def save_sound(file: Path, *, samples: int = 480) -> None:
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(48000)
        sound.writeframes(b"\x00\x20" * samples)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    clips = tmp_path / "clips"
    clips.mkdir()
    save_sound(clips / "bell.wav")
    return clips


@pytest.mark.parametrize("name", ["bell", "bell.wav"])
def test_a_file_is_named_with_or_without_its_ending(folder: Path, name: str) -> None:
    assert ClipLibrary(folder).samples(name).size == 480


def test_an_ending_may_be_of_any_case(folder: Path) -> None:
    save_sound(folder / "GONG.WAV")
    library = ClipLibrary(folder)
    assert library.samples("GONG").size == 480
    assert "GONG" in library.names()


def test_built_in_tones_need_no_file(tmp_path: Path) -> None:
    library = ClipLibrary(tmp_path / "nonexistent")
    assert library.samples("tone").size > 0
    assert library.names() == sorted(TONES)


def test_a_file_of_the_name_of_a_tone_takes_its_place(folder: Path) -> None:
    save_sound(folder / "tone.wav", samples=960)
    assert ClipLibrary(folder).samples("tone").size == 960


@pytest.mark.parametrize("name", ["../secret", "../secret.wav", "/etc/passwd", "..", "", "sub/x"])
def test_no_name_leads_out_of_the_folder(folder: Path, name: str) -> None:
    save_sound(folder.parent / "secret.wav")
    with pytest.raises(UnknownClip):
        ClipLibrary(folder).load(name)


def test_an_unknown_name_is_answered_with_those_that_there_are(folder: Path) -> None:
    (folder / "notes.txt").touch()
    (folder / "folder.wav").mkdir()
    with pytest.raises(
        UnknownClip, match=r"which are alarm, attention, beep, bell, busy, .*, tone$"
    ):
        ClipLibrary(folder).load("bel")


def test_a_file_that_is_no_sound_is_told(folder: Path) -> None:
    (folder / "noise.mp3").write_bytes(b"no sound at all")
    with pytest.raises(ClipError):
        ClipLibrary(folder).load("noise")


def test_a_loaded_clip_plays_even_when_its_file_is_gone(folder: Path) -> None:
    library = ClipLibrary(folder)
    library.load("bell")
    (folder / "bell.wav").unlink()
    assert library.samples("bell").size == 480


def test_every_clip_that_a_setting_names_is_found_with_its_key() -> None:
    rule = {
        "name": "r",
        "conditions": [{"event": "dtmf.digit", "digit": "1"}],
        "action": [{"type": "stop_clip", "clip": "a"}, {"type": "play_clip", "clip": "b"}],
    }
    settings = validate({"announcement": {"clip": "tone"}, "rules": [rule]})
    assert list(clips_named(settings)) == [
        ("announcement.clip", "tone"),
        ("rules[0].action[1].clip", "b"),
    ]
