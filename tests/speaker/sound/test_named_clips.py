"""The clips that settings name are known to be playable before anything wants them."""

import asyncio
from pathlib import Path

import pytest

from conf.settings import Settings
from conf.validation.problem import BadSettings
from conf.validation.validate import validate
from media.clips.clip_cache import ClipCache
from speaker.change import Change
from speaker.sound.clips import ClipLibrary
from speaker.sound.named_clips import NamedClips


def library_of(folder: Path) -> ClipLibrary:
    return ClipLibrary(folder, ClipCache(folder / "cache", most_bytes=1 << 30))


async def change(library: ClipLibrary, old: Settings, new: Settings) -> None:
    prepared = await NamedClips(library).prepare(Change(old, new, asyncio.to_thread))
    prepared.apply(0.0)


async def test_a_clip_is_played_at_its_new_level_next_time(tmp_path: Path) -> None:
    library = library_of(tmp_path)
    quiet = validate({"clips": [{"name": "tone", "gain_db": -6.0}]})
    await change(library, Settings(), quiet)
    assert library.load("tone").gain_db == -6.0
    even = validate({"audio": {"normalize_clip_loudness": True, "clip_loudness_lufs": -23.0}})
    await change(library, quiet, even)
    louder = validate({"audio": {"normalize_clip_loudness": True, "clip_loudness_lufs": -20.0}})
    before = library.load("tone").gain_db
    await change(library, even, louder)
    assert library.load("tone").gain_db == pytest.approx(before + 3.0)


async def test_a_clip_that_cannot_be_decoded_is_refused_by_the_setting(tmp_path: Path) -> None:
    (tmp_path / "noise.wav").write_bytes(b"nothing")
    library = library_of(tmp_path)
    wrong = validate({"announcement": {"clip": "noise"}})
    with pytest.raises(BadSettings) as refused:
        await change(library, Settings(), wrong)
    (problem,) = refused.value.problems
    assert (problem.key, problem.value) == ("announcement.clip", '"noise"')
