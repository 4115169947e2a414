"""The sound of a text."""

import struct
from itertools import pairwise

import numpy as np
import pytest

from media.frame import RATE_HZ, FloatArray
from media.speech.errors import NothingToSpeak, SpeechFailed, SpeechTooLong
from media.speech.synthesis import Utterance, read_wave, synthesize

HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")


def say(text: str, voice: str = "en-gb", *, speed_wpm: int = 175, pitch: int = 50) -> FloatArray:
    return synthesize(Utterance(text, voice, speed_wpm, pitch))


def same(one: FloatArray, other: FloatArray) -> bool:
    return one.size == other.size and bool((one == other).all())


def test_speed_pitch_and_voice_are_those_asked_for() -> None:
    lengths = [say("one two three", speed_wpm=speed).size for speed in (100, 200, 400)]
    assert all(slow > 1.5 * fast for slow, fast in pairwise(lengths))
    assert lengths[1] / RATE_HZ == pytest.approx(1.1, abs=0.3)
    plain = say("one two three")
    assert not same(plain, say("one two three", pitch=90))
    assert not same(plain, say("one two three", "de"))
    assert not same(plain, say("one two three", "gmw/en+f3"))
    assert same(plain, say("one two three"))


@pytest.mark.parametrize(
    "text",
    [
        "-w /etc/x",
        "--version",
        "; rm -rf / #$(reboot)`reboot`",
        "٩ مرحبا \u202e olleh",
        "\U0001f600\U0001f680",
        "hello\x00world",
        "\ud800 half a character",
    ],
)
def test_whatever_the_text_is_it_is_read_out(text: str) -> None:
    assert say(text).size > 0.2 * RATE_HZ


def test_markup_is_no_markup() -> None:
    """With SSML the first would be as short as the word, and the pause would be heard."""
    plain = say("hello").size
    assert say('<speak>hello<break time="2s"/></speak>').size > plain
    assert say("<a>hello</a>").size > plain
    assert same(say("[[h@l'oU]]"), say("[ [h@l'oU]]"))


def test_what_cannot_be_said_is_refused() -> None:
    for text in ("...", " ", "\U000f0000"):
        with pytest.raises(NothingToSpeak):
            say(text)


def test_what_takes_too_long_to_say_is_refused_and_not_cut() -> None:
    with pytest.raises(SpeechTooLong, match="180 s"):
        say("漢" * 1000, "cmn")


def wave(
    *, rate_hz: int = 22050, channels: int = 1, bits: int = 16, riff: bytes = b"RIFF"
) -> bytes:
    form = (16, 1, channels, rate_hz, rate_hz * 2, 2, bits)
    return HEADER.pack(riff, 0x7FFFF024, b"WAVE", b"fmt ", *form, b"data", 0x7FFFF000)


def test_the_file_of_the_program_is_read_however_it_was_cut() -> None:
    samples, rate_hz = read_wave(wave() + b"\x01\x00\xff\xff\x07")
    assert (samples.tolist(), rate_hz) == ([1, -1], 22050)


@pytest.mark.parametrize(
    "file",
    [
        b"RIFF",
        wave()[:43],
        wave(riff=b"RIFX"),
        wave(channels=2),
        wave(bits=8),
        wave(rate_hz=0),
        wave(rate_hz=96000),
    ],
)
def test_what_is_no_such_file_is_refused(file: bytes) -> None:
    with pytest.raises(SpeechFailed):
        read_wave(file)


def test_nothing_is_lost_at_the_edges_of_48_khz() -> None:
    sound = say("tick")
    assert np.abs(sound[-50:]).max() < 0.01
    assert sound.dtype == np.float32
    assert not sound.flags.writeable
