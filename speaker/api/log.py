"""What the device has noted, `GET /api/v1/log`, and who has done what: `GET /api/v1/audit`."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from conf.accounts.role import Role
from conf.store.audit import KEPT as KEPT_ENTRIES
from speaker.api.errors import errors
from speaker.api.state import Described
from speaker.http.rights import needs
from speaker.journal import KEPT
from speaker.journal_line import Kind, Scalar

if TYPE_CHECKING:
    from speaker.device import Device
    from speaker.journal import Journal
    from speaker.journal_line import JournalLine

MOST_LINES: Final = max(KEPT.values())
USUAL: Final = 200


class Line(Described):
    """One line of the log."""

    number: int
    """Counts up over both logs, and starts anew with the program."""
    at: datetime
    """UTC."""
    level: str = Field(examples=["info"])
    """`debug`, `info`, `warning`, `error` or `critical`."""
    event: str = Field(examples=["registered"])
    """What happened, in words that are the same each time."""
    fields: dict[str, Scalar]
    """To whom and how."""


class Lines(Described):
    """Lines of the log."""

    lines: list[Line]
    """The oldest first."""


class Deed(Described):
    """Something that somebody has done."""

    at: datetime
    """UTC."""
    who: str = Field(examples=["root"])
    """The user, or the part of the program that acted."""
    address: str = Field(examples=["192.0.2.7"])
    """Where they were; empty: at the device itself, or not known."""
    what: str = Field(examples=["changed: sip.port"])


class Audit(Described):
    """What was done."""

    entries: list[Deed]
    """The oldest first."""


Tail = Annotated[int, Query(ge=0, le=MOST_LINES, description="How many, the last ones.")]
Searched = Annotated[
    str, Query(max_length=200, description="Only lines with these letters, in whatever case.")
]
After = Annotated[
    int, Query(ge=0, le=2**53, description="Only lines with a higher number: the news.")
]
KindAsked = Annotated[
    Kind, Query(description="`system`, or `access`: attempts to get in that failed.")
]
Deeds = Annotated[int, Query(ge=0, le=KEPT_ENTRIES, description="How many, the last ones.")]


def log_routes(device: Device) -> APIRouter:
    """Both are for administrators."""
    router = APIRouter(prefix="/api/v1", tags=["log"])

    @router.get("/log", response_model=Lines)
    @needs(Role.ADMINISTRATOR)
    async def log(
        tail: Tail = USUAL, text: Searched = "", after: After = 0, kind: KindAsked = Kind.SYSTEM
    ) -> Response:
        """The last lines of the log."""
        # By a thread: there may be thousands of lines.
        return await asyncio.to_thread(_found, device.journal, kind, after, text, tail)

    @router.get("/audit", response_model=Audit, responses=errors(503))
    @needs(Role.ADMINISTRATOR)
    async def audit(tail: Deeds = USUAL) -> Response:
        """Who has changed what, and who has logged in or restarted the device."""
        entries = await asyncio.to_thread(device.store.audit.entries, tail)
        deeds = [
            {"at": each.at.isoformat(), "who": each.who, "address": each.address, "what": each.what}
            for each in entries
        ]
        return JSONResponse({"entries": deeds})

    return router


def _found(journal: Journal, kind: Kind, after: int, text: str, tail: int) -> Response:
    found = journal.lines(kind, after=after)
    if text:
        found = [line for line in found if text.casefold() in _letters(line)]
    return JSONResponse({"lines": [_as_json(line) for line in found[max(len(found) - tail, 0) :]]})


def _letters(line: JournalLine) -> str:
    told = (f"{name}={value}" for name, value in line.fields.items())
    return " ".join((line.level, line.event, *told)).casefold()


def _as_json(line: JournalLine) -> dict[str, object]:
    return {"number": line.number, "fields": line.fields, **line.as_json()}
