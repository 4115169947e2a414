"""playclip, stopclip and mediaclip as VAPIX clients use them (Media clip API)."""

import httpx
import pytest

from media.engine.commands import ENDLESSLY, EngineCommand, PlayClip
from speaker.device import Device
from tests.speaker.bus_watch import until
from tests.speaker.http.serving import Served

PLAY, STOP, MANAGE = (f"/axis-cgi/{name}.cgi" for name in ("playclip", "stopclip", "mediaclip"))


def overheard(device: Device, monkeypatch: pytest.MonkeyPatch) -> list[PlayClip]:
    """What the engine is told to play from now on."""
    played: list[PlayClip] = []
    submit = device.engine.submit

    def noted(command: EngineCommand) -> None:
        if isinstance(command, PlayClip):
            played.append(command)
        submit(command)

    monkeypatch.setattr(device.engine, "submit", noted)
    return played


async def upload(http: httpx.AsyncClient, data: bytes, **query: str) -> httpx.Response:
    query = {"action": "upload", "media": "audio", **query}
    return await http.post(MANAGE, params=query, files={"file": ("x.wav", data, "audio/wav")})


async def number_of(http: httpx.AsyncClient, name: str) -> int:
    return int((await http.get(f"/api/v1/clips/{name}")).json()["number"])


@pytest.mark.parametrize(
    ("arguments", "gain_db", "repeat"),
    [
        ({}, 0.0, 0),
        ({"volume": "100", "repeat": "0"}, 0.0, 0),
        ({"volume": "50", "repeat": "2"}, -6.02, 2),
        ({"volume": "1000", "repeat": "-1"}, 20.0, ENDLESSLY),
        ({"volume": "0"}, -120.0, 0),
        ({"audiooutput": "1"}, 0.0, 0),
        ({"audiodeviceid": "0", "audiooutputid": "0"}, 0.0, 0),
    ],
)
async def test_a_clip_is_played_as_loud_and_as_often_as_asked(
    served: Served,
    http: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    arguments: dict[str, str],
    gain_db: float,
    repeat: int,
) -> None:
    played = overheard(served.device, monkeypatch)
    number = await number_of(http, "tone")
    for page, action in ((PLAY, {}), (MANAGE, {"action": "play"})):
        answer = await http.get(page, params={**action, "clip": number, **arguments})
        assert (answer.status_code, answer.text) == (200, f"OK\r\nplaying={number}\r\n")
        assert answer.headers["content-type"].startswith("text/plain")
    assert [command.repeat for command in played] == [repeat] * 2
    assert played[0].gain_db == pytest.approx(gain_db, abs=0.01)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("chime_*", {"chime_up", "chime_down"}),
        ("/etc/audioclips/gong*", {"gong"}),
        ("*_up.wav", {"chime_up"}),
        ("locate", {"locate"}),
        ("g*g", {"gong"}),
        ("gong*gong", set()),
        ("", set()),
        ("*a*" * 1000, set()),
    ],
)
async def test_a_location_is_a_pattern_and_one_of_those_that_match_is_played(
    http: httpx.AsyncClient, pattern: str, names: set[str]
) -> None:
    numbers = {await number_of(http, name) for name in names}
    found = set()
    for _ in range(12 if len(names) > 1 else 1):
        answer = await http.get(PLAY, params={"location": pattern})
        if not names:
            assert answer.text.startswith("400 Bad Request\r\n")
            return
        found.add(int(answer.text.partition("playing=")[2]))
        await http.get(STOP)
    assert found == numbers


async def test_what_plays_is_stopped(served: Served, http: httpx.AsyncClient) -> None:
    number = await number_of(http, "tone")
    await http.get(PLAY, params={"clip": number, "repeat": -1})
    for page in (STOP, f"{MANAGE}?action=stop"):
        answer = await http.get(page)
        assert (answer.status_code, answer.text) == (200, "OK\r\nstopping\r\n")
    await until(served.device.bus, "audio.clip_playing", value=False)


async def test_a_clip_is_uploaded_renamed_downloaded_and_removed(
    http: httpx.AsyncClient, bell: bytes
) -> None:
    answer = await upload(http, bell, name="Door bell")
    number = await number_of(http, "Door bell")
    assert (answer.status_code, answer.text) == (200, f"OK\r\nuploaded={number}\r\n")
    change = {"action": "update", "clip": str(number), "name": "Front door"}
    assert (await http.get(MANAGE, params=change)).text == f"OK\r\nupdated={number}\r\n"
    assert await number_of(http, "Front door") == number
    loaded = await http.get(MANAGE, params={"action": "download", "clip": number})
    assert (loaded.content, loaded.headers["content-type"]) == (bell, "audio/wav")
    removal = {"action": "remove", "clip": str(number)}
    assert (await http.get(MANAGE, params=removal)).text == f"OK\r\nremoved={number}\r\n"
    assert (await http.get(MANAGE, params=removal)).status_code == 400


async def test_an_upload_without_a_name_is_called_as_its_file(
    http: httpx.AsyncClient, bell: bytes
) -> None:
    assert (await upload(http, bell)).status_code == 200
    assert await number_of(http, "x") >= 0


@pytest.mark.parametrize(
    ("page", "arguments"),
    [
        (PLAY, {}),
        (PLAY, {"clip": ""}),
        (PLAY, {"clip": "x"}),
        (PLAY, {"clip": "999"}),
        (PLAY, {"clip": "99999999999999999999"}),
        (PLAY, {"clip": "-1"}),
        (PLAY, {"clip": "0", "volume": "1001"}),
        (PLAY, {"clip": "0", "volume": "1e3"}),
        (PLAY, {"clip": "0", "repeat": "-2"}),
        (PLAY, {"clip": "0", "audiooutput": "2"}),
        (PLAY, {"clip": "0", "audiooutput": "1", "audiodeviceid": "0"}),
        (PLAY, {"location": "../../etc/passwd"}),
        (MANAGE, {}),
        (MANAGE, {"action": "list"}),
        (MANAGE, {"action": "upload", "media": "audio"}),
        (MANAGE, {"action": "update", "clip": "0"}),
        (MANAGE, {"action": "update", "clip": "0", "name": "other"}),
        (MANAGE, {"action": "remove", "clip": "0"}),
        (MANAGE, {"action": "download", "clip": "500"}),
    ],
)
async def test_what_cannot_be_done_is_a_400_that_says_why(
    http: httpx.AsyncClient, page: str, arguments: dict[str, str]
) -> None:
    answer = await http.get(page, params=arguments)
    assert answer.status_code == 400, answer.text
    title, reason, rest = answer.text.split("\r\n")
    assert (title, rest) == ("400 Bad Request", "")
    assert reason


async def test_an_upload_that_cannot_be_a_clip_is_a_400_that_says_why(
    http: httpx.AsyncClient, bell: bytes
) -> None:
    refusals = {
        "media is not audio": await upload(http, bell, media="video"),
        "cannot be decoded": await upload(http, b"no sound " * 20, name="y"),
        "it is cut short": await upload(http, bell[:2000], name="y"),
        "cannot be a clip's name": await upload(http, bell, name="a/b"),
        "built in": await upload(http, bell, name="tone"),
        "there is no file": await http.post(
            MANAGE, params={"action": "upload", "media": "audio"}, files={"a": (None, "b")}
        ),
    }
    for reason, answer in refusals.items():
        assert answer.status_code == 400, answer.text
        assert reason in answer.text


async def test_a_form_does_what_an_address_does(http: httpx.AsyncClient) -> None:
    """Clients send forms of any content type."""
    number = await number_of(http, "tone")
    headers = {"Content-Type": "text/plain"}
    for page, form in (
        (PLAY, f"clip={number}&volume=10"),
        (MANAGE, f"action=play&clip={number}"),
        (STOP, ""),
    ):
        answer = await http.post(page, content=form, headers=headers)
        assert answer.text.startswith("OK\r\n"), answer.text
