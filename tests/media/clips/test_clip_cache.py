"""Decoded once, found again, never half there, and never more than allowed."""

import os
from pathlib import Path

import numpy as np
import pytest

from media.clips.clip import ClipError
from media.clips.clip_cache import CachedClip, ClipCache
from tests.media.clips.sound_files import write_wave

PLENTY = 1 << 30


def cache(folder: Path, *, most_bytes: int = PLENTY) -> ClipCache:
    return ClipCache(folder / "cache", most_bytes=most_bytes)


def test_what_was_decoded_is_found_by_the_next_process_without_decoding(tmp_path: Path) -> None:
    file = write_wave(tmp_path / "bell.wav", 8000)
    decoded = cache(tmp_path).load(file)
    found = cache(tmp_path).find(file)
    assert found is not None
    assert found.facts == decoded.facts
    assert np.array_equal(found.samples, decoded.samples)
    assert found.samples.size == found.facts.samples > 0
    assert not found.samples.flags.writeable


def test_a_renamed_file_is_the_same_clip_and_a_changed_one_another(tmp_path: Path) -> None:
    file = write_wave(tmp_path / "bell.wav", 8000)
    decoded = cache(tmp_path).load(file)
    renamed = file.rename(tmp_path / "gong.wav")
    found = cache(tmp_path).find(renamed)
    assert found is not None
    assert found.key == decoded.key
    write_wave(renamed, 4000)
    assert cache(tmp_path).find(renamed) is None
    assert cache(tmp_path).load(renamed).samples.size == pytest.approx(24000, abs=100)


def test_an_entry_that_a_crash_cut_short_is_made_again(tmp_path: Path) -> None:
    file = write_wave(tmp_path / "bell.wav", 8000)
    whole = cache(tmp_path).load(file)
    (sound,) = (tmp_path / "cache").glob("*.f32")
    os.truncate(sound, 1000)
    assert cache(tmp_path).find(file) is None
    assert cache(tmp_path).load(file).facts == whole.facts


def test_a_file_that_cannot_be_decoded_leaves_nothing(tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp3"
    bad.write_bytes(b"no sound at all")
    with pytest.raises(ClipError, match="cannot be decoded"):
        cache(tmp_path).load(bad)
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_was_used_longest_ago_makes_room_and_plays_on(tmp_path: Path) -> None:
    files = [write_wave(tmp_path / f"{name}.wav", 8000) for name in "abc"]
    small = cache(tmp_path, most_bytes=2 * 4 * 48100)
    first, _ = small.load(files[0]), small.load(files[1])
    os.utime(tmp_path / "cache" / f"{first.key}.f32", (0, 0))
    small.load(files[2])
    kept: list[CachedClip | None] = [small.find(file) for file in files]
    assert [one is not None for one in kept] == [False, True, True]
    assert float(np.abs(first.samples).max()) == pytest.approx(0.5, abs=0.01)


def test_what_belongs_to_no_file_and_what_is_unfinished_is_deleted(tmp_path: Path) -> None:
    files = [write_wave(tmp_path / f"{name}.wav", 8000) for name in "ab"]
    for file in files:
        cache(tmp_path).load(file)
    (tmp_path / "cache" / "tmp1234.decoding").write_bytes(b"half")
    cache(tmp_path).prune(files[:1])
    assert cache(tmp_path).find(files[0]) is not None
    assert len(list((tmp_path / "cache").iterdir())) == 2
