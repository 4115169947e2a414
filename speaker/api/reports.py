"""Why is there no sound? `GET /api/v1/calls/reports`, and one of them by its number."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response
from pydantic import BaseModel, TypeAdapter

from conf.accounts.role import Role
from speaker.http.rights import needs
from speaker.reports.call_report import CODING, CallReport

if TYPE_CHECKING:
    from speaker.device import Device


class Reports(BaseModel):
    """Those that are kept."""

    reports: list[CallReport]
    """The oldest first."""


ALL: Final = TypeAdapter(Reports)
JSON: Final = "application/json"


def report_routes(device: Device) -> APIRouter:
    """The last reports on calls. They are valid by their making, and written as they are."""
    router = APIRouter(prefix="/api/v1/calls/reports", tags=["reports"])

    @router.get("", response_model=Reports)
    @needs(Role.VIEWER)
    async def reports() -> Response:
        """Those that are kept, the oldest first."""
        kept = Reports.model_construct(reports=list(device.reports.reports))
        return Response(await asyncio.to_thread(ALL.dump_json, kept), media_type=JSON)

    @router.get("/{number}", response_model=CallReport)
    @needs(Role.VIEWER)
    async def report(number: int) -> Response:
        """One of them."""
        found = device.reports.get(number)
        if found is None:
            raise HTTPException(404, f"no report {number}")
        return Response(CODING.dump_json(found), media_type=JSON)

    return router
