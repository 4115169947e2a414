"""`events`: what counts now, and with `--follow` what happens from now on."""

from __future__ import annotations

import json
import time
from fnmatch import fnmatchcase
from http.client import HTTPException
from typing import TYPE_CHECKING, Final

from speaker.ctl.errand import count
from speaker.ctl.event_stream import MessageReader, TooLong
from speaker.ctl.output import complain, local
from speaker.ctl.told import Told
from speaker.ctl.trouble import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from http.client import HTTPResponse

    from speaker.ctl.access import Access
    from speaker.ctl.errand import Commands, Errand

LONGEST_SILENCE_S: Final = 45.0
"""The device says every 15 s that it is still there."""
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 30.0
LONGEST_LINE: Final = 1024 * 1024
"""Octets."""


def add_commands(commands: Commands) -> None:
    """Make them known."""
    events = commands.add("events", tell_events, "what counts now, or happens from now on")
    events.add_argument(
        "names", nargs="*", metavar="NAME", help="only these: call.state, 'audio.*' (default: all)"
    )
    events.add_argument(
        "--follow", action="store_true", help="go on with what changes and happens; Ctrl-C ends it"
    )
    events.add_argument("--count", type=count, metavar="N", help="with --follow: end after so many")


def tell_events(errand: Errand) -> None:
    """Print each on a line of its own."""
    if errand.options.follow:
        _follow(errand)
        return
    names = errand.options.names
    for each in Told(errand.api.get("/state")).objects("conditions"):
        if not names or any(fnmatchcase(each.text("name"), name) for name in names):
            errand.output.tell_one(each.others(), _words(each, each.others("name", "of", "value")))


def _follow(errand: Errand) -> None:
    """Until enough has happened, or somebody ends it."""
    left = errand.options.count
    if left == 0:
        return
    try:
        for event in follow(errand.access, errand.options.names):
            errand.output.tell_one(event.others(), _line(event))
            if left is not None and (left := left - 1) == 0:
                return
    except KeyboardInterrupt:
        return


def follow(access: Access, names: Sequence[str]) -> Iterator[Told]:
    """Events as they come, with nothing lost while the connection is (if it is not for long).

    Raises:
        NoAnswer: the device cannot be reached at the beginning.
        Refused: it does not tell us, at the beginning or later.
    """
    reader = MessageReader()
    wait_s, told = FIRST_WAIT_S, ""
    while True:
        try:
            for event in _events(access, names, reader):
                wait_s, told = FIRST_WAIT_S, ""
                yield event
            trouble = "the stream of events has ended"
        except (NoAnswer, TooLong) as error:
            if not reader.streams:
                raise
            trouble = str(error)
        if reader.retry_ms is not None:
            wait_s = min(reader.retry_ms / 1000, LONGEST_WAIT_S)
        if trouble != told:
            complain([f"{trouble}; trying again until it is back"])
            told = trouble
        time.sleep(wait_s)
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)


def _events(access: Access, names: Sequence[str], reader: MessageReader) -> Iterator[Told]:
    """Those of one connection; ends when the device ends it."""
    headers = {"Accept": "text/event-stream"}
    if reader.last_id:
        headers["Last-Event-ID"] = reader.last_id
    query = {"name": list(names)} if names else None
    api = access.open(LONGEST_SILENCE_S)
    try:
        response = api.stream("GET", "/events", query, headers=headers)
        reader.begin()
        while line := _line_of(response):
            message = reader.on_line(line.decode("utf-8", "replace").rstrip("\r\n"))
            if message is None:
                continue
            try:
                yield Told(json.loads(message.data))
            except (ValueError, RecursionError) as error:
                raise NoAnswer("what answers there is no speaker: an event is no JSON") from error
    finally:
        api.close()


def _line_of(response: HTTPResponse) -> bytes:
    """The next one; empty: there is none any more."""
    try:
        line = response.readline(LONGEST_LINE)
    except (OSError, HTTPException) as error:
        words = "nothing comes any more" if isinstance(error, TimeoutError) else str(error)
        raise NoAnswer(f"the stream of events broke off: {words}") from error
    if len(line) == LONGEST_LINE:
        raise TooLong(f"a line of {LONGEST_LINE} octets")
    return line


def _line(event: Told) -> str:
    missed = event.number("missed")
    if missed is not None:
        return f"{missed:.0f} events are missing here: they came too fast"
    attributes = event.part("attributes").others()
    return f"{local(event.text('at'))}  {_words(event, attributes)}"


def _words(event: Told, attributes: dict[str, object]) -> str:
    """`sip.registration (pbx) = registered  server=…`."""
    of = f" ({event.text('of')})" if event.text("of") else ""
    value = event.others().get("value")
    is_value = f" = {_shown(value)}" if value is not None else ""
    told = "".join(f" {name}={_shown(each)}" for name, each in attributes.items() if each != "")
    return f"{event.text('name')}{of}{is_value}{' ' if told else ''}{told}"


def _shown(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)
