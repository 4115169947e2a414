"""The bench's view of what is played: µ-law, growing .wav files, the time of a sample."""

import os
import struct
import time
from pathlib import Path

import numpy as np
import pytest

from tools.bench import g711
from tools.bench.errors import NoSoundHeard, Unreadable
from tools.bench.play_time import PlayTime
from tools.bench.sound_tap import PipeTap, WavTap, first_loud
from tools.bench.wav_layout import F32, S16, WavLayout, read_wav_layout


def wav_head(tag: int, bits: int, *, channels: int = 1, extra: bytes = b"") -> bytes:
    form = struct.pack("<HHIIHH", tag, channels, 48_000, 48_000 * bits // 8, bits // 8, bits)
    chunk = b"fmt " + struct.pack("<I", len(form)) + form
    return b"RIFF\0\0\0\0WAVE" + extra + chunk + b"data\0\0\0\0"


def test_mu_law_gives_back_what_it_can_write() -> None:
    """ITU-T G.711: every level is encoded as itself; the two zeros are one."""
    codes = bytes(range(256))
    assert np.array_equal(g711.decode(g711.encode(g711.decode(codes))), g711.decode(codes))


def test_mu_law_has_the_levels_of_the_standard() -> None:
    """ITU-T G.711, table 2a: the ends of the scale and the smallest steps, of 8192."""
    levels = g711.decode(bytes([0x80, 0x00, 0xFF, 0xFE, 0x7E])) * 8192
    assert levels.tolist() == [8031.0, -8031.0, 0.0, 2.0, -2.0]


@pytest.mark.parametrize(("tag", "bits", "kind"), [(1, 16, S16), (3, 32, F32), (0xFFFE, 16, S16)])
def test_a_growing_wav_is_read_without_its_sizes(
    tag: int, bits: int, kind: np.dtype[np.int16]
) -> None:
    head = wav_head(tag, bits)
    assert read_wav_layout(head) == WavLayout(len(head), kind, 48_000)


def test_chunks_before_the_format_are_passed_over() -> None:
    """Chunks of odd length are followed by a byte that is not counted (RIFF)."""
    head = wav_head(1, 16, extra=b"LIST\3\0\0\0abc\0")
    assert read_wav_layout(head) == WavLayout(len(head), S16, 48_000)


def test_a_head_that_is_cut_off_says_nothing_yet() -> None:
    head = wav_head(1, 16)
    assert all(read_wav_layout(head[:length]) is None for length in range(len(head) - 8))


@pytest.mark.parametrize(
    "head", [b"OggS" + bytes(40), wav_head(1, 24), wav_head(1, 16, channels=2)]
)
def test_what_is_no_mono_wav_is_refused(head: bytes) -> None:
    with pytest.raises(Unreadable):
        read_wav_layout(head)


def test_the_time_of_a_sample_does_not_depend_on_how_many_are_written_at_once() -> None:
    """Seen every 50 ms, 1 to 9 ms late: the quickest sighting tells."""
    played = PlayTime(rate_hz=1000)
    for number, late in enumerate([0.009, 0.001, 0.004], start=1):
        played.seen(100.0 + number * 0.05 + late, number * 50)
    assert played.end_of(119) == pytest.approx(100.12 + 0.001)


def test_a_hitch_in_the_playing_is_forgotten_after_a_while() -> None:
    """From 101 s on everything is a second late; the sightings before do not count for ever."""
    played = PlayTime(rate_hz=1000)
    played.seen(101.0, 1000)
    for second in range(2, 6):
        played.seen(101.0 + second, second * 1000)
    assert played.end_of(4999) == pytest.approx(106.0)


def test_the_first_loud_sample_is_found() -> None:
    assert first_loud(np.array([0.0, 0.001, -0.5, 0.9], np.float32)) == 2
    assert first_loud(np.zeros(4, np.float32)) is None
    assert first_loud(np.empty(0, np.float32)) is None


def test_sound_in_a_wav_has_the_time_of_its_frame(tmp_path: Path) -> None:
    """A frame of 10 ms is given out as a whole; its last sample stands 9.98 ms before the end."""
    path = tmp_path / "played.wav"
    quiet, loud = np.zeros(4800, "<i2"), np.full(480, 20_000, "<i2")
    path.write_bytes(wav_head(1, 16))
    tap = WavTap(path)
    assert tap.next_loud() is None
    with path.open("ab") as file:
        file.write((quiet.tobytes() + loud.tobytes()) + quiet.tobytes())
    before = time.monotonic()
    loud_at = tap.next_loud()
    tap.close()
    assert loud_at is not None
    assert before - 0.1 <= loud_at <= time.monotonic() - 0.1 + 0.001


def test_sound_in_a_pipe_has_the_time_of_its_reading(tmp_path: Path) -> None:
    tap = PipeTap(tmp_path / "played")
    writer = os.open(tmp_path / "played", os.O_WRONLY)
    os.write(writer, np.zeros(100, "<i2").tobytes() + b"\0")
    assert tap.next_loud() is None
    before = time.monotonic()
    os.write(writer, b"\x40")
    loud_at = tap.next_loud()
    os.close(writer)
    tap.close()
    assert loud_at is not None
    assert loud_at >= before


def test_silence_where_sound_is_awaited_is_an_error(tmp_path: Path) -> None:
    tap = PipeTap(tmp_path / "played")
    with pytest.raises(NoSoundHeard, match=r"within 0\.01 s"):
        tap.wait_for_sound(0.01)
    tap.close()
