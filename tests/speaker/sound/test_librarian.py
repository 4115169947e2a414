"""Clips are added, renamed and deleted, and the settings that name them stay true."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from conf.store.settings_store import SettingsStore
from media.clips.clip_cache import ClipCache
from media.clips.tone_set import TONES
from speaker.sound.clip_numbers import ClipNumbers
from speaker.sound.clip_refusals import (
    BadClipName,
    BuiltInClip,
    ClipExists,
    ClipInUse,
    DiskTrouble,
    LibraryFull,
    MissingClip,
    NotPlayable,
    UnknownClip,
)
from speaker.sound.clips import ClipLibrary
from speaker.sound.librarian import Actor, Librarian, NumberedClip
from tests.media.clips.sound_files import write, write_wave

ANNE = Actor("anne", "192.0.2.9")
RULE = {
    "name": "r",
    "conditions": [{"event": "clip.finished", "clip": "bell"}],
    "action": [{"type": "play_clip", "clip": "bell.wav"}, {"type": "stop_clip", "clip": "bell"}],
}


@dataclass
class Desk:
    """A librarian, the store of the settings, and a folder where files come from."""

    librarian: Librarian
    store: SettingsStore
    folder: Path

    @property
    def library(self) -> ClipLibrary:
        return self.librarian.library

    def add(
        self, name: str = "bell", file: Path | None = None, *, replace: bool = False
    ) -> NumberedClip:
        file = file or write_wave(self.folder / "incoming", 8000)
        clip = self.librarian.examine(file)
        return self.librarian.take_in(file, clip, name, replace=replace, by=ANNE)

    def set(self, **tables: object) -> None:
        self.store.change(tables, by="test")

    def files(self) -> list[str]:
        return sorted(path.name for path in self.library.folder.iterdir())


@contextmanager
def opened(folder: Path, **limits: int) -> Iterator[Desk]:
    with SettingsStore.open(folder) as store:
        if limits:
            store.change({"clip_library": limits}, by="test")
        (folder / "clips").mkdir(exist_ok=True)
        cache = ClipCache(folder / "cache", most_bytes=1 << 30)
        library = ClipLibrary(folder / "clips", cache)
        yield Desk(Librarian(library, ClipNumbers(store.database), store), store, folder)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(tmp_path) as desk:
        yield desk


def test_what_is_added_is_there_at_once_and_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as desk:
        added = desk.add("Door bell.mp3")
        assert desk.files() == ["Door bell.wav"]  # by what is in it, not by what it is called
        assert desk.library.load("Door bell").samples.size == pytest.approx(48000, abs=100)
    with opened(tmp_path) as desk:
        found = desk.librarian.clip("Door bell")
        assert (found.number, found.entry.facts) == (added.number, added.entry.facts)
        assert found.entry.facts is not None  # from the cache: nothing has asked for its sound yet


def test_tones_and_files_put_there_by_hand_have_numbers_that_stay(desk: Desk) -> None:
    write_wave(desk.library.folder / "found.wav", 800)
    clips = desk.librarian.clips()
    assert {clip.entry.name for clip in clips} == {*TONES, "found"}
    assert sorted(clip.number for clip in clips) == list(range(len(TONES) + 1))
    bell = desk.add()
    assert bell.number == len(clips)
    assert desk.librarian.numbered(bell.number).entry.name == "bell"
    desk.librarian.remove("bell", by=ANNE)
    assert desk.add("other").number == bell.number + 1
    with pytest.raises(UnknownClip):
        desk.librarian.numbered(bell.number)


@pytest.mark.parametrize(
    ("name", "refusal"), [("bell", ClipExists), ("tone", BuiltInClip), ("../x", BadClipName)]
)
def test_a_name_that_cannot_be_had_is_refused(
    desk: Desk, name: str, refusal: type[Exception]
) -> None:
    desk.add()
    with pytest.raises(refusal):
        desk.add(name)
    assert desk.files() == ["bell.wav"]


def test_a_replaced_clip_keeps_its_number_and_its_settings(desk: Desk) -> None:
    first = desk.add()
    desk.set(announcement={"clip": "bell"})
    second = desk.add(file=write(desk.folder / "new.flac", "flac", 16000), replace=True)
    assert second.number == first.number
    assert second.used_by == ("announcement.clip",)
    assert desk.files() == ["bell.flac"]
    assert len(list((desk.folder / "cache").iterdir())) == 2


def test_what_cannot_be_a_clip_is_refused_with_the_reason(desk: Desk, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_bytes(b"hello " * 100)
    silent = tmp_path / "silent"
    silent.write_bytes(write_wave(tmp_path / "a.wav", 800).read_bytes()[:44] + bytes(1600))
    film = write(tmp_path / "film.mp4", "aac", 44100, seconds=0.5)
    desk.store.change({"clip_library": {"max_length_s": 1}}, by="test")
    bad = {
        text: "cannot be decoded",
        silent: "it is silent, all of its 0.1 s",
        film: "a file of the kind mov, and clips are wav, mp3, opus, ogg, au, flac",
        write_wave(tmp_path / "long.wav", 8800): "longer than 1 s",
    }
    for file, reason in bad.items():
        with pytest.raises(NotPlayable, match=reason):
            desk.librarian.examine(file)
    assert list((tmp_path / "cache").iterdir()) == []


def test_settings_follow_a_new_name(desk: Desk) -> None:
    old = desk.add()
    desk.set(
        announcement={"clip": "bell"},
        clips=[{"name": "bell.wav", "gain_db": -3.0}, {"name": "tone"}],
        rules=[RULE],
    )
    new = desk.librarian.rename("bell", "horn.wav", by=ANNE)
    assert (new.entry.name, new.number) == ("horn", old.number)
    assert desk.files() == ["horn.wav"]
    settings = desk.store.settings
    assert settings.announcement.clip == "horn"
    assert [entry.name for entry in settings.clips] == ["horn", "tone"]
    assert new.settings is not None
    assert new.settings.gain_db == -3.0
    rule = settings.rules[0].model_dump(by_alias=True)
    assert rule["conditions"][0]["clip"] == "horn"
    assert [action["clip"] for action in rule["action"]] == ["horn", "horn"]
    with pytest.raises(UnknownClip):
        desk.library.load("bell")


def test_a_name_that_the_command_line_fixes_cannot_change(tmp_path: Path) -> None:
    with opened(tmp_path) as desk:
        desk.add()
    with SettingsStore.open(tmp_path, assignments=["announcement.clip=bell"]) as store:
        library = ClipLibrary(tmp_path / "clips", ClipCache(tmp_path / "cache", most_bytes=1 << 30))
        librarian = Librarian(library, ClipNumbers(store.database), store)
        with pytest.raises(ClipInUse, match=r"announcement\.clip"):
            librarian.rename("bell", "horn", by=ANNE)
    assert [path.name for path in (tmp_path / "clips").iterdir()] == ["bell.wav"]


def test_a_clip_that_settings_name_is_only_deleted_by_force_and_awaited_then(desk: Desk) -> None:
    bell = desk.add()
    desk.set(clips=[{"name": "bell"}], rules=[RULE])
    with pytest.raises(ClipInUse, match=r"named by rules\[0\]\.action\[0\]\.clip") as refusal:
        desk.librarian.remove("bell", by=ANNE)
    assert refusal.value.uses == ["rules[0].action[0].clip"]
    assert desk.librarian.remove("bell", force=True, by=ANNE) == refusal.value.uses
    assert desk.files() == []
    with pytest.raises(MissingClip):
        desk.library.load("bell.wav")
    assert desk.add().number == bell.number


def test_what_is_said_of_a_clip_goes_with_it(desk: Desk) -> None:
    desk.add()
    desk.set(clips=[{"name": "bell", "gain_db": 3.0}, {"name": "tone"}])
    desk.librarian.remove("bell.wav", by=ANNE)
    assert [entry.name for entry in desk.store.settings.clips] == ["tone"]
    assert list((desk.folder / "cache").iterdir()) == []


def test_tones_stay_what_they_are(desk: Desk) -> None:
    for change in (
        lambda: desk.librarian.remove("tone", force=True, by=ANNE),
        lambda: desk.librarian.rename("tone", "other", by=ANNE),
    ):
        with pytest.raises(BuiltInClip):
            change()


def test_the_level_of_one_clip_is_set_and_taken_back(desk: Desk) -> None:
    assert desk.librarian.set_level("tone", {"gain_db": -6.0}, by=ANNE).settings is not None
    desk.librarian.set_level("tone", {"normalize_loudness": True}, by=ANNE)
    (entry,) = desk.store.settings.clips
    assert (entry.name, entry.gain_db, entry.normalize_loudness) == ("tone", -6.0, True)
    desk.librarian.set_level("tone", {"gain_db": None}, by=ANNE)
    assert desk.store.settings.clips[0].gain_db == 0.0


def test_there_are_so_many_clips_and_no_more(tmp_path: Path) -> None:
    with opened(tmp_path, max_clips=1) as desk:
        desk.add()
        with pytest.raises(LibraryFull, match="max_clips is 1"):
            desk.add("other")
        desk.add("bell", replace=True)
        with pytest.raises(LibraryFull, match="max_total_mb is 500"):
            desk.librarian.check_room(501_000_000, name="bell")


def test_a_disk_that_takes_nothing_is_told_and_leaves_what_was(desk: Desk) -> None:
    desk.add()
    desk.set(announcement={"clip": "bell"})
    (desk.library.folder / "horn.wav").mkdir()  # nothing can be put there
    with pytest.raises(DiskTrouble, match="File exists"):
        desk.librarian.rename("bell", "horn", by=ANNE)
    assert desk.store.settings.announcement.clip == "bell"
    assert desk.library.path("bell") is not None


def test_who_did_what_is_in_the_audit_log(desk: Desk) -> None:
    desk.add()
    desk.librarian.rename("bell", "horn", by=ANNE)
    desk.librarian.remove("horn", by=ANNE)
    entries = desk.store.audit.entries(3)
    assert [(each.who, each.address) for each in entries] == [("anne", "192.0.2.9")] * 3
    assert [each.what for each in entries] == [
        "clip 'bell' added",
        "clip 'bell' renamed to 'horn'",
        "clip 'horn' deleted",
    ]


def test_files_put_there_by_hand_are_decoded_before_they_are_wanted(desk: Desk) -> None:
    write_wave(desk.library.folder / "found.wav", 800)
    (desk.library.folder / "bad.mp3").write_bytes(b"no sound at all")
    assert desk.librarian.clip("found").entry.facts is None
    desk.librarian.decode_new()
    assert desk.librarian.clip("found").entry.facts is not None
    assert "cannot be decoded" in desk.librarian.clip("bad").entry.problem
    assert desk.library.undecoded() == []
