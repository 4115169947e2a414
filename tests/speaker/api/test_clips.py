"""The clip library over HTTP: what a page and a program can do with it."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from media.clips.tone_set import TONES
from tests.media.clips.sound_files import write
from tests.speaker.bus_watch import until
from tests.speaker.http.serving import Served, serving

CLIPS = "/api/v1/clips"


async def test_the_tones_are_there_from_the_start(http: httpx.AsyncClient) -> None:
    library = (await http.get(CLIPS)).json()
    assert {clip["name"] for clip in library["clips"]} == set(TONES)
    assert all(clip["built_in"] and clip["is_playable"] for clip in library["clips"])
    assert library["limits"]["max_clips"] == 100
    assert library["total_bytes"] == 0


async def test_a_file_is_added_as_the_body_or_in_a_form(
    http: httpx.AsyncClient, bell: bytes, tmp_path: Path
) -> None:
    answer = await http.post(CLIPS, params={"name": "bell"}, content=bell)
    assert answer.status_code == 201, answer.text
    added = answer.json()
    assert (added["name"], added["format"], added["sample_rate_hz"]) == ("bell", "wav", 8000)
    assert added["length_s"] == pytest.approx(1.0, abs=0.01)
    assert added["loudness_lufs"] == pytest.approx(-9.5, abs=1.0)
    assert added["true_peak_db"] == pytest.approx(-6.0, abs=0.3)
    song = write(tmp_path / "song.ogg", "libopus", 48000).read_bytes()
    file = {"anything": ("Evening song.ogg", song, "audio/ogg")}
    answer = await http.post(CLIPS, data={"comment": "hello"}, files=file)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["name"], answer.json()["format"]) == ("Evening song", "opus")
    names = [clip["name"] for clip in (await http.get(CLIPS)).json()["clips"]]
    assert {"bell", "Evening song"} <= set(names)
    assert names == sorted(names)


async def test_what_was_added_comes_back_as_it_was(http: httpx.AsyncClient, bell: bytes) -> None:
    await http.post(CLIPS, params={"name": "Tür"}, content=bell)
    answer = await http.get(f"{CLIPS}/Tür/audio")
    assert answer.content == bell
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''T%C3%BCr.wav"
    tone = await http.get(f"{CLIPS}/beep/audio")
    with wave.open(io.BytesIO(tone.content)) as file:
        assert (file.getframerate(), file.getnframes()) == (48000, 9600)


async def test_the_shape_of_a_clip_has_as_many_points_as_wanted(http: httpx.AsyncClient) -> None:
    for points, expected in ((500, 300), (100, 100), (7, 7), (1, 1)):
        shape = (await http.get(f"{CLIPS}/gong/waveform", params={"points": points})).json()
        assert shape["length_s"] == 3.0
        assert len(shape["peaks"]) == expected
        assert 0.1 < max(shape["peaks"]) <= 1.0


async def test_a_clip_is_played_and_stopped(served: Served, http: httpx.AsyncClient) -> None:
    how = {"repeat": -1, "priority": "announcement", "queue": True, "gain_db": -6}
    answer = await http.post(f"{CLIPS}/tone/play", json=how)
    assert answer.json()["playing"].startswith("tone/")
    assert served.device.bus.value("audio.clip_playing") is True
    assert (await http.post(f"{CLIPS}/tone/play")).status_code == 200
    assert (await http.post(f"{CLIPS}/tone/stop")).json() == {"stopped": "tone"}
    await until(served.device.bus, "audio.clip_playing", value=False)


async def test_the_link_of_a_clip_plays_it(served: Served, http: httpx.AsyncClient) -> None:
    link = (await http.get(f"{CLIPS}/tone/link", params={"volume": 50, "repeat": 2})).json()["link"]
    number = (await http.get(f"{CLIPS}/tone")).json()["number"]
    assert link == f"http://speaker.test/axis-cgi/playclip.cgi?clip={number}&volume=50&repeat=2"
    answer = await http.get(link)
    assert (answer.status_code, answer.text) == (200, f"OK\r\nplaying={number}\r\n")
    assert served.device.bus.value("audio.clip_playing") is True


async def test_name_and_level_are_changed(http: httpx.AsyncClient, bell: bytes) -> None:
    await http.post(CLIPS, params={"name": "bell"}, content=bell)
    change = {"name": "Door", "gain_db": -3.5, "normalize_loudness": True}
    changed = (await http.patch(f"{CLIPS}/bell", json=change)).json()
    assert {key: changed[key] for key in change} == change
    assert (await http.get(f"{CLIPS}/bell")).status_code == 404
    changed = (await http.patch(f"{CLIPS}/Door", json={"gain_db": None})).json()
    assert (changed["gain_db"], changed["normalize_loudness"]) == (0.0, True)


async def test_a_clip_that_is_needed_is_not_deleted_by_mistake(
    served: Served, http: httpx.AsyncClient, bell: bytes
) -> None:
    await http.post(CLIPS, params={"name": "bell"}, content=bell)
    await asyncio.to_thread(
        served.device.store.change, {"announcement": {"clip": "bell"}}, by="test"
    )
    refusal = await http.delete(f"{CLIPS}/bell")
    assert (refusal.status_code, refusal.json()["detail"]) == (
        409,
        "clip 'bell' is named by announcement.clip",
    )
    removed = await http.delete(f"{CLIPS}/bell", params={"force": True})
    assert removed.json() == {"removed": "bell", "missed_by": ["announcement.clip"]}
    assert (await http.post(f"{CLIPS}/bell/play")).status_code == 404


async def test_a_clip_takes_the_place_of_another_when_asked_to(
    http: httpx.AsyncClient, bell: bytes
) -> None:
    first = (await http.post(CLIPS, params={"name": "bell"}, content=bell)).json()
    again = await http.post(CLIPS, params={"name": "bell.mp3"}, content=bell)
    assert (again.status_code, again.json()["detail"]) == (409, "there is a clip 'bell' already")
    second = await http.post(CLIPS, params={"name": "bell", "replace": True}, content=bell)
    assert (second.status_code, second.json()["number"]) == (201, first["number"])


@pytest.mark.parametrize(
    ("query", "content", "status", "detail"),
    [
        ({"name": "x"}, b"", 422, "the file is empty"),
        ({"name": "x"}, b"no sound " * 50, 422, "it cannot be decoded"),
        ({"name": "x"}, b"RIFF\xff\x00\x00\x00WAVE", 422, "it is cut short"),
        ({"name": "../x"}, b"any", 422, "cannot be a clip's name"),
        ({"name": ""}, b"any", 422, "cannot be a clip's name"),
        ({"name": "tone"}, b"any", 409, "built in"),
        ({"name": "x"}, b"a" * 1_000_001, 413, "the file is larger than 1 MB"),
    ],
)
async def test_what_is_wrong_with_an_upload_is_said_and_nothing_stays(
    tmp_path: Path, query: dict[str, str], content: bytes, status: int, detail: str
) -> None:
    async with (
        serving(tmp_path, "clip_library.max_upload_mb=1") as served,
        served.local() as http,
    ):
        answer = await http.post(CLIPS, params=query, content=content)
        assert (answer.status_code, detail in answer.json()["detail"]) == (status, True), (
            answer.text
        )
        assert [path for path in (tmp_path / "clips").rglob("*") if path.is_file()] == []
        assert served.device.clips.uploads.running == []


@pytest.mark.parametrize(
    ("content_type", "body", "detail"),
    [
        ("multipart/form-data", b"x", "the form has no boundary"),
        ("multipart/form-data; boundary=b", b"nothing of the kind", "the form cannot be read"),
        ("multipart/form-data; boundary=b", b"--b--\r\n", "there is no file in the form"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.wav"\r\n\r\nhal',
            "the form ends within the file",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n' * 40 + b"--b--\r\n",
            "the form has more than 32 parts",
        ),
        ("multipart/form-data; boundary=" + "b" * 500, b"x", "cannot be one"),
    ],
)
async def test_a_form_without_a_file_is_refused(
    http: httpx.AsyncClient, content_type: str, body: bytes, detail: str
) -> None:
    answer = await http.post(
        CLIPS, params={"name": "x"}, content=body, headers={"Content-Type": content_type}
    )
    assert answer.status_code == 422, answer.text
    assert detail in answer.json()["detail"]


async def test_how_far_an_upload_is_can_be_asked_meanwhile(
    served: Served, http: httpx.AsyncClient, bell: bytes
) -> None:
    half_sent, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield bell[:1000]
        half_sent.set()
        await go_on.wait()
        yield bell[1000:]

    query = {"name": "bell", "upload": "mine-1"}
    sending = asyncio.create_task(http.post(CLIPS, params=query, content=slowly()))
    await half_sent.wait()
    async with served.local() as other:
        told = (await other.get("/api/v1/clip-uploads/mine-1")).json()
        assert told["stage"] == "receiving"
        assert told["received_bytes"] == 1000
        assert [
            each["upload"] for each in (await other.get("/api/v1/clip-uploads")).json()["uploads"]
        ] == ["mine-1"]
        busy = await other.post(CLIPS, params=query, content=bell)
        assert busy.status_code == 503
    go_on.set()
    assert (await sending).status_code == 201
    assert (await http.get("/api/v1/clip-uploads/mine-1")).status_code == 404


async def test_what_a_library_may_hold_has_an_end(tmp_path: Path, bell: bytes) -> None:
    async with serving(tmp_path, "clip_library.max_clips=1") as served, served.local() as http:
        assert (await http.post(CLIPS, params={"name": "a"}, content=bell)).status_code == 201
        full = await http.post(CLIPS, params={"name": "b"}, content=bell)
        assert (full.status_code, "max_clips is 1" in full.json()["detail"]) == (409, True)
        replaced = await http.post(CLIPS, params={"name": "a", "replace": True}, content=bell)
        assert replaced.status_code == 201


async def test_an_hour_of_silence_in_a_small_file_is_refused(tmp_path: Path) -> None:
    """A file that grows while it is decoded stays within its bounds of disk and time."""
    bomb = tmp_path / "bomb.flac"
    source = "anullsrc=sample_rate=8000:channel_layout=mono"
    process = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-t", "3600", str(bomb))
    )
    await process.wait()
    assert bomb.stat().st_size < 1_000_000
    async with (
        serving(tmp_path / "data", "clip_library.max_length_s=60") as served,
        served.local() as http,
    ):
        answer = await http.post(CLIPS, params={"name": "x"}, content=bomb.read_bytes())
    assert answer.status_code == 422
    assert "longer than 60 s" in answer.json()["detail"]
