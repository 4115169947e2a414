"""Text is spoken on order."""

from pathlib import Path

import httpx
import pytest

from speaker.events import Happening
from tests.speaker.http.serving import serving
from tests.speaker.live.waiting import until

SPEAK = "/api/v1/speak"
RULE = {
    "name": "closing",
    "conditions": [{"event": "manual.trigger", "name": "closing"}],
    "action": [{"type": "speak", "text": "We close.", "repeat": -1}],
}


async def test_a_text_is_spoken_until_it_is_stopped(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        bus, ended = served.device.bus, []
        bus.listen(lambda event: ended.append(event) if isinstance(event, Happening) else None)
        for stop in ({"clip": "speech"}, {}):
            answer = await http.post(SPEAK, json={"text": "Hello.", "repeat": -1, "queue": True})
            assert answer.status_code == 200, answer.text
            assert answer.json()["playing"].startswith("speech/")
            assert bus.value("audio.clip_playing") is True
            await http.post("/api/v1/stop", json=stop)
            await until(bus, "audio.clip_playing", value=False)
        await served.device.change({"rules": [RULE]}, by="test")
        await http.post("/api/v1/trigger", json={"name": "closing"})
        await until(bus, "audio.clip_playing", value=True)
    stopped = Happening("clip.finished", {"clip": "speech", "completed": False})
    assert ended[:2] == [stopped, stopped]


async def test_what_cannot_be_spoken_is_refused_with_the_reason(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = {
        "": "text of 1 to 1000 characters",
        " ": "text of 1 to 1000 characters",
        "a" * 1001: "text of 1 to 1000 characters",
        "a\x00b": "without controls",
        "a\nb": "in one line",
        "\x9b31m": "without controls",
        "...": "nothing in the text",
    }
    for text, why in cases.items():
        answer = await http.post(SPEAK, json={"text": text})
        assert (answer.status_code, why in answer.text) == (422, True), (text[:9], answer.text)
    assert (await http.post(SPEAK, json={"text": "a" * 1_000_000})).status_code in (413, 422)
    half = await http.post(
        SPEAK, content=b'{"text": "\\ud800"}', headers={"content-type": "application/json"}
    )
    assert half.status_code == 422
    for voice in ("tlh", "../en", "-w", "en-gb+nobody"):
        answer = await http.post(SPEAK, json={"text": "Hello.", "voice": voice})
        assert answer.status_code == 422, answer.text
    monkeypatch.setenv("PATH", "/nonexistent")
    for answer in (await http.post(SPEAK, json={"text": "Hi."}), await http.get("/api/v1/voices")):
        assert (answer.status_code, "apt install espeak-ng" in answer.text) == (503, True)


async def test_voices_are_listed_and_all_settings_of_speech_change(http: httpx.AsyncClient) -> None:
    told = (await http.get("/api/v1/voices")).json()
    assert {"voice": "en-gb", "name": "English (Great Britain)"} in told["voices"]
    assert "f3" in told["variants"]
    new = {"voice": "de+f3", "speed_wpm": 120, "pitch": 40}
    assert (await http.patch("/api/v1/settings/speech", json=new)).json() == new
    assert (await http.post(SPEAK, json={"text": "Guten Tag."})).status_code == 200
    refused = await http.patch("/api/v1/settings/speech", json={"voice": "tlh"})
    assert refused.json()["problems"][0]["key"] == "speech.voice"
