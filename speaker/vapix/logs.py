"""`systemlog.cgi`, `accesslog.cgi` and `auditlog.cgi`: the logs as text."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from conf.accounts.role import Role
from conf.store.audit import KEPT
from speaker.http.rights import needs
from speaker.journal_line import Kind
from speaker.support.audit_text import audit_lines
from speaker.support.server_report import journal_text
from speaker.vapix.arguments import Asked

if TYPE_CHECKING:
    from speaker.device import Device

AUDIT_VERSION: Final = "1.0.0"


def log_routes(device: Device) -> APIRouter:
    """The logs, the oldest line first; made by a thread, as there may be thousands."""
    router = APIRouter(prefix="/axis-cgi", include_in_schema=False)

    @router.get("/systemlog.cgi")
    @needs(Role.ADMINISTRATOR)
    async def system_log(asked: Asked) -> PlainTextResponse:
        """What the device did; `text`: only lines that have it in them."""
        text = asked.get("text") or ""
        return PlainTextResponse(
            await asyncio.to_thread(journal_text, device.journal, Kind.SYSTEM, text)
        )

    @router.get("/accesslog.cgi")
    @needs(Role.ADMINISTRATOR)
    async def access_log() -> PlainTextResponse:
        """Attempts to get in that failed."""
        return PlainTextResponse(await asyncio.to_thread(journal_text, device.journal, Kind.ACCESS))

    @router.get("/auditlog.cgi")
    @needs(Role.ADMINISTRATOR)
    async def audit_log(asked: Asked) -> PlainTextResponse:
        """Who did what; `tail`: the last so many; `version`: of this interface."""
        if asked.get("version") == "true":
            return PlainTextResponse(f"{AUDIT_VERSION}\n")
        tail = asked.number("tail", low=0, high=KEPT, default=KEPT)
        return PlainTextResponse(await asyncio.to_thread(_audited, tail))

    def _audited(tail: int) -> str:
        lines = audit_lines(device.store.audit.entries(tail))
        return "".join(f"{line}\n" for line in lines)

    return router
