"""Clips and sound by HTTP as parameters: `MediaClip`, `Audio` (VAPIX Media clip API, Audio API)."""

from pathlib import Path

from media.clips.tone_set import TONES
from tests.media.clips.sound_files import write_wave
from tests.speaker.vapix.parameter_requests import asking, listed, update


async def test_each_clip_is_a_group_by_its_number(tmp_path: Path) -> None:
    async with asking(tmp_path) as (_, http):
        bell = write_wave(tmp_path / "clips" / "bell.wav", 800)
        found = await listed(http, "MediaClip")
        numbers = [path.split(".")[2] for path in found if path.endswith(".Name")]
        assert numbers == [f"M{number}" for number in range(len(TONES) + 1)]
        last = f"root.MediaClip.{numbers[-1]}"
        assert found[f"{last}.Name"] == "bell"
        assert found[f"{last}.Location"] == f"/etc/audioclips/{bell.name}"
        assert found[f"{last}.Type"] == "audio"
        assert found["root.MediaClip.MaxUploadSize"] == "50"


async def test_a_clip_is_renamed_by_its_parameter_and_settings_follow(tmp_path: Path) -> None:
    async with asking(tmp_path) as (served, http):
        write_wave(tmp_path / "clips" / "bell.wav", 800)
        number = (await http.get("/api/v1/clips/bell")).json()["number"]
        await served.device.change({"announcement": {"clip": "bell"}}, by="test")
        path = f"MediaClip__M{number}__Name"
        assert await update(http, **{path: "Door"}) == "OK\n"
        assert served.device.settings.announcement.clip == "Door"
        refused = await update(http, **{path: "a/b", "MediaClip__M0__Name": "x"})
        assert refused == (
            f"# Error: Error setting 'MediaClip.M{number}.Name' to 'a/b'!\n"
            "# Error: Error setting 'MediaClip.M0.Name' to 'x'!\n"
        )


async def test_sound_by_http_is_set_by_parameters(tmp_path: Path) -> None:
    async with asking(tmp_path) as (served, http):
        told = await update(
            http,
            Audio__DuplexMode="get",
            Audio__MaxListeners="3",
            Audio__ReceiverBuffer="250",
            Audio__ReceiverTimeout="2500",
            AudioSource__A0__AudioEncoding="opus",
        )
        assert told == "OK\n"
        sound = served.device.settings.http_audio
        assert (sound.duplex_mode, sound.max_listeners, sound.codec) == ("get", 3, "opus")
        assert (sound.receiver_buffer_s, sound.receiver_timeout_s) == (0.25, 2.5)
        assert (await listed(http, "Audio.ReceiverBuffer"))["root.Audio.ReceiverBuffer"] == "250"
        assert "Error setting" in await update(http, Audio__DuplexMode="half")
