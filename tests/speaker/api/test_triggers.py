"""A trigger is pulled by somebody, and rules react to it."""

import asyncio
from pathlib import Path

import pytest

from speaker.events import Condition, Event, Happening
from tests.speaker.http.serving import serving

RULE = (
    'rules=[{name="lunch",conditions=[{event="manual.trigger",name="lunch"}],'
    'action=[{type="play_clip",clip="gong"}]}]'
)
PLAYING = Condition("audio.clip_playing", True, attributes={"clips": "gong"})


async def test_a_rule_that_waits_for_the_trigger_acts(tmp_path: Path) -> None:
    async with serving(tmp_path, RULE) as served, served.local() as http:
        playing = asyncio.Event()
        served.device.bus.listen(
            lambda event: playing.set() if event == PLAYING else None,
        )
        await http.post("/api/v1/trigger", json={"name": "dinner"})
        await asyncio.sleep(0)
        assert not playing.is_set()
        await http.post("/api/v1/trigger", json={"name": "lunch"})
        await asyncio.wait_for(playing.wait(), 2)


async def test_everybody_who_listens_hears_of_it(tmp_path: Path) -> None:
    heard: list[Event] = []
    async with serving(tmp_path) as served, served.local() as http:
        served.device.bus.listen(heard.append)
        await http.post("/api/v1/trigger", json={"name": "x"})
    assert Happening("manual.trigger", {"name": "x"}) in heard


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb", None, 7])
async def test_a_name_is_short_and_on_one_line(tmp_path: Path, name: object) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.post("/api/v1/trigger", json={"name": name})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["key"] == "name"
