"""Clips are played, paged and stopped on order."""

from pathlib import Path

import httpx

from media.engine.engine_core import MAXIMUM_CLIPS
from tests.speaker.http.serving import serving
from tests.speaker.http.visitors import add, digest, set_up, visitor


async def playing(http: httpx.AsyncClient) -> dict[str, object]:
    """What the device says of clips."""
    conditions = (await http.get("/api/v1/state")).json()["conditions"]
    return next((each for each in conditions if each["name"] == "audio.clip_playing"), {})


async def test_a_clip_is_played_until_it_is_stopped(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/play", json={"clip": "gong", "repeat": -1, "gain_db": -20})
    assert answer.json()["playing"].startswith("gong/")
    assert (await playing(http))["clips"] == "gong"
    assert (await http.post("/api/v1/stop", json={"clip": "gong"})).json() == {"clip": "gong"}
    assert (await http.post("/api/v1/stop", json={})).json() == {"clip": None}


async def test_a_page_comes_before_calls(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/page", json={"clip": "gong", "priority": 90})
    assert answer.status_code == 200
    assert (
        await http.post("/api/v1/page", json={"clip": "gong", "priority": 0})
    ).status_code == 422


async def test_a_clip_that_is_not_there_is_not_found(http: httpx.AsyncClient) -> None:
    for action in ("play", "page"):
        answer = await http.post(f"/api/v1/{action}", json={"clip": "nothing"})
        assert answer.status_code == 404
        assert "gong" in answer.json()["detail"]


async def test_no_more_clips_play_than_the_engine_can(http: httpx.AsyncClient) -> None:
    statuses = [
        (await http.post("/api/v1/play", json={"clip": "gong", "repeat": -1})).status_code
        for _ in range(MAXIMUM_CLIPS + 1)
    ]
    assert statuses == [200] * MAXIMUM_CLIPS + [409]


async def test_viewers_play_and_stop_but_do_not_page(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await set_up(served)
        await add(served, "guest", "guests-word", "viewer")
        async with visitor(served, auth=digest("guest", "guests-word")) as guest:
            body = {"clip": "gong"}
            assert (await guest.post("/api/v1/play", json=body)).status_code == 200
            assert (await guest.post("/api/v1/stop", json=body)).status_code == 200
            assert (await guest.post("/api/v1/page", json=body)).status_code == 403
