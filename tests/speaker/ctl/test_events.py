"""Events that are followed, over an interruption too."""

import asyncio
import json
from itertools import islice
from pathlib import Path

import pytest

from speaker.ctl.access import Access
from speaker.ctl.command import make_parser
from speaker.ctl.event_stream import Message, MessageReader, TooLong
from speaker.ctl.events import follow
from speaker.ctl.trouble import Refused
from tests.speaker.ctl.fixed_answers import HEAD, answering, event, reply
from tests.speaker.ctl.terminal import Terminal, terminal

Capsys = pytest.CaptureFixture[str]


async def test_events_come_as_they_happen(tmp_path: Path, capsys: Capsys) -> None:
    async with terminal(tmp_path, capsys) as (ctl, served):
        listening = asyncio.ensure_future(
            ctl("events", "--follow", "--json", "--count", "2", "manual.*", "device.ready")
        )
        while not served.device.event_feed.listeners:  # noqa: ASYNC110 - the request is on its way
            await asyncio.sleep(0.01)
        with served.device.turn():
            served.device.bus.happen("manual.trigger", name="x")
        said = await listening
        lines = [json.loads(line) for line in said.out.splitlines()]
        assert [line["name"] for line in lines] == ["device.ready", "manual.trigger"]
        assert lines[0]["initial"] is True
        assert (await ctl("events", "--follow", "--count", "0")).out == ""
        assert "name" in await ctl.refuses("events", "--follow", "NOT A NAME")


def test_after_an_interruption_the_stream_goes_on_where_it_was(capsys: Capsys) -> None:
    first = HEAD + b"retry: 1\n\n" + event(1, initial=True) + event(2) + event(3)[:20]
    second = HEAD + b": again\n\n" + event(3) + b'event: missed\ndata: {"missed": 4}\n\n'
    with answering(first, reply(b"{}", "503 Busy")) as url:
        access = Access(make_parser().parse_args(["events", "--url", url]))
        events = follow(access, [])
        assert [each.number("serial") for each in islice(events, 2)] == [1, 2]
        with pytest.raises(Refused, match="503"):
            next(events)
    heard: list[bytes] = []
    with answering(first, second, heard=heard) as url:
        access = Access(make_parser().parse_args(["events", "--url", url]))
        found = list(islice(follow(access, ["call.*"]), 4))
    assert [each.number("serial") for each in found] == [1, 2, 3, None]
    assert found[3].number("missed") == 4
    assert [b"Last-Event-ID: 2\r\n" in each for each in heard] == [False, True]
    assert "trying again" in capsys.readouterr().err


def test_words_of_events_are_for_people(capsys: Capsys) -> None:
    stream = HEAD + event(1, of="a\x1b", attributes={"peer": "b", "on": True, "empty": ""})
    with answering(stream + b'event: missed\ndata: {"missed": 4}\n\n') as url:
        said = Terminal(capsys).say("events", "--follow", "--count", "2", "--url", url)
    assert said.out == (
        "  call.state (a\\x1b) = idle  peer=b on=true\n"
        "4 events are missing here: they came too fast\n"
    )


@pytest.mark.parametrize("sent", [HEAD + b"data: {\n\n", HEAD + b"data: " + b"x" * 2_000_000])
def test_what_is_no_event_is_not_waited_for_at_the_first_time(sent: bytes, capsys: Capsys) -> None:
    with answering(sent, reply(b"", "404 Not Found")) as url:
        said = Terminal(capsys).say("events", "--follow", "--url", url)
    assert (said.code, said.out) == (1, "")


def test_messages_are_put_together_from_lines() -> None:
    """HTML, "Interpreting an event stream"."""
    reader = MessageReader()
    lines = [
        "id: 7",
        "event: missed",
        "data: a",
        "data:b",
        "",
        ": comment",
        "",
        "retry: 20",
        "x: y",
    ]
    found = [message for line in lines if (message := reader.on_line(line))]
    assert found == [Message("a\nb", "missed")]
    assert (reader.last_id, reader.retry_ms) == ("7", 20)
    for line in ("id: 8", "data: half"):
        reader.on_line(line)
    reader.begin()
    assert reader.on_line("") is None
    assert reader.last_id == "7"
    reader.on_line("data: " + "x" * 1_000_000)
    with pytest.raises(TooLong):
        reader.on_line("data: " + "x" * 100_000)
