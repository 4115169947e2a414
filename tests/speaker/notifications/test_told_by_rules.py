"""Rules of a running device tell recipients: another speaker, a web server, people."""

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from speaker.events import Event, Happening
from tests.speaker.http.serving import Served, serving
from tests.speaker.http.visitors import add, set_up
from tests.speaker.live.waiting import until
from tests.speaker.notifications.mail_server import mail_server
from tests.speaker.notifications.web_server import always, listening, status, web_server

LIMIT_S = 20.0
TRIGGERED = {"event": "manual.trigger"}


def rule(**notify: Any) -> dict[str, Any]:
    """A rule that tells a recipient when it is triggered."""
    action = {"type": "notify", "recipient": "gate", **notify}
    return {"name": "tell", "conditions": [TRIGGERED], "action": [action]}


def web(port: int, **more: Any) -> dict[str, Any]:
    return {"name": "gate", "type": "http", "url": f"http://127.0.0.1:{port}/", **more}


async def trigger(served: Served, name: str = "now") -> None:
    async with served.local() as http:
        assert (await http.post("/api/v1/trigger", json={"name": name})).status_code == 200


class Heard:
    """The happenings of one name."""

    def __init__(self, served: Served, name: str) -> None:
        self._events: asyncio.Queue[Happening] = asyncio.Queue()
        self._name = name
        served.device.bus.listen(self._on_event)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Happening) and event.name == self._name:
            self._events.put_nowait(event)

    async def next(self) -> Happening:
        async with asyncio.timeout(LIMIT_S):
            return await self._events.get()


async def said(found: list[Any], count: int = 1) -> None:
    """Wait until a server was asked so often."""
    for _ in range(2000):
        if len(found) >= count:
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"asked {len(found)} times and not {count}")


async def test_a_clip_link_of_another_speaker_plays_the_clip_there_by_digest(
    tmp_path: Path,
) -> None:
    """The manual's example, with a speaker in place of the camera."""
    async with serving(tmp_path / "far", serves_http=True) as far:
        await set_up(far)
        await add(far, "caller", "let me in", "viewer")
        found = re.search(r"http=(\S+)", far.device.ready_line())
        assert found is not None
        async with far.local() as http:
            link = (await http.get("/api/v1/clips/gong/link?repeat=1")).json()["link"]
        url = str(
            httpx.URL(link).copy_with(host="127.0.0.1", port=int(found[1].rpartition(":")[2]))
        )
        async with serving(tmp_path / "near") as near:
            recipient = {"name": "gate", "type": "http", "url": url}
            recipient |= {"username": "caller", "password": "let me in"}
            change = {"recipients": [recipient], "rules": [rule()]}
            await near.device.change(change, by="test")
            await trigger(near)
            await until(far.device.bus, "audio.clip_playing", True)

            failed = Heard(near, "recipient.failed")
            recipient["password"] = "wrong"
            await near.device.change({"recipients": [recipient]}, by="test")
            await trigger(near)
            why = str((await failed.next()).attributes["why"])
    assert why.startswith('"gate" at 127.0.0.1:')
    assert why.endswith(" does not accept the user name or the password (HTTP status 401)")


async def test_what_is_told_has_the_event_in_it_and_each_change_of_the_settings_counts(
    tmp_path: Path,
) -> None:
    post = {"method": "POST", "body": '{"who": "{name}"}', "parameters": "at={device}"}
    async with (
        web_server(always(200)) as one,
        web_server(always(200)) as other,
        web_server(always(200)) as proxy,
        serving(tmp_path, "device.name=Door") as served,
    ):
        device = served.device
        await device.change({"recipients": [web(one.port)], "rules": [rule(**post)]}, by="test")
        await trigger(served, 'a "b"')
        await said(one.asked)
        assert one.asked[0].target == "/?at=Door"
        assert one.asked[0].body == b'{"who": "a \\"b\\""}'

        await device.change({"recipients": [web(other.port)]}, by="test")
        await trigger(served)
        await said(other.asked)

        by_proxy = {"http_proxy": f"http://127.0.0.1:{proxy.port}"}
        await device.change({"global_proxies": by_proxy}, by="test")
        await trigger(served)
        await said(proxy.asked)
        assert proxy.asked[0].target.startswith(f"http://127.0.0.1:{other.port}/")

        await device.change({"global_proxies": {"no_proxy": ["127.0.0.0/8"]}}, by="test")
        await trigger(served)
        await said(other.asked, 2)
    assert (len(one.asked), len(proxy.asked)) == (1, 1)


async def test_one_that_does_not_answer_keeps_no_other_one_waiting(tmp_path: Path) -> None:
    async def say_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(say_nothing) as silent, web_server(always(200)) as server:
        async with serving(tmp_path) as served:
            dead = web(silent, name="dead")
            both = rule()
            both["action"] = [{"type": "notify", "recipient": "dead"}, *both["action"]]
            change = {"recipients": [dead, web(server.port)], "rules": [both]}
            await served.device.change(change, by="test")
            await trigger(served)
            await said(server.asked)
            before = time.monotonic()
        assert time.monotonic() - before < 3.0, "nor the end of the speaker"


async def test_the_log_goes_out_by_email_and_its_own_failures_do_not(tmp_path: Path) -> None:
    async with mail_server() as server, serving(tmp_path) as served:
        people = {
            "name": "people",
            "type": "email",
            "email_to": "joe@example.com",
            "email_from": "door@example.net",
            "host": "127.0.0.1",
            "port": server.port,
            "encryption": "none",
        }
        device = served.device
        log_mail = {"level": "warning"}
        await device.change({"recipients": [people], "log_mail": log_mail}, by="test")
        device.journal.note("the gate is stuck", level="error")
        with device.turn() as now:
            due = device.notifications.deadline
            assert due is not None
            assert 0 < due - now <= 30
            device.notifications.on_timer(due)  # as if that time had passed
        await said(server.mails)
        assert "the gate is stuck" in server.mails[0].get_content()
        assert server.to == [["joe@example.com"]]
        await device.change({"log_mail": {"level": "none"}}, by="test")
        assert device.notifications.deadline is None


async def test_a_recipient_is_tested_before_it_is_set_and_not_deleted_while_rules_tell_it(
    tmp_path: Path,
) -> None:
    def answer(asked: Any) -> bytes:
        return status(200 if "/right" in asked.target else 404)

    async with (
        web_server(answer) as server,
        serving(tmp_path) as served,
        served.local() as http,
    ):
        recipient = web(server.port)
        told = (await http.post("/api/v1/recipients/test", json=recipient)).json()
        assert told["result"] == "failed"
        assert told["words"] == (
            f'"gate" at 127.0.0.1:{server.port} knows no such address (HTTP status 404)'
        )
        recipient["url"] += "right"
        added = await http.post("/api/v1/settings/recipients", json=recipient)
        assert added.status_code == 201
        told = (await http.post("/api/v1/recipients/gate/test")).json()
        assert told == {"result": "ok", "words": '"gate" has taken the test message'}
        assert (await http.post("/api/v1/recipients/nobody/test")).status_code == 404
        login = {"username": "joe", "password": "s3cret"}
        await http.patch("/api/v1/settings/recipients/gate", json=login)
        elsewhere = {"url": "http://192.0.2.1/", "password": "(hidden)", "username": "joe"}
        wrong = await http.post("/api/v1/recipients/test", json={**recipient, **elsewhere})
        assert wrong.status_code == 422
        assert "is kept for http://127.0.0.1" in wrong.json()["detail"]
        wrong = await http.post("/api/v1/recipients/test", json={**recipient, "url": "ftp://x"})
        assert wrong.status_code == 422
        assert [each["key"] for each in wrong.json()["problems"]] == ["recipients[0].url"] * 2

        await served.device.change({"rules": [rule()]}, by="test")
        refused = await http.delete("/api/v1/settings/recipients/gate")
        assert refused.status_code == 422
        [problem] = refused.json()["problems"]
        assert problem["key"] == "rules[0].action[0].recipient"
        assert problem["rule"] == "is not the name of a recipient"
    assert "Message=Test%20of%20the%20recipient%20gate" in server.asked[-1].target
