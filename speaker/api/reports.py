"""Why is there no sound? `GET /api/v1/calls/reports`, and one of them by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException

from conf.role import Role
from speaker.http.rights import needs
from speaker.reports.call_report import CODING

if TYPE_CHECKING:
    from speaker.device import Device
    from speaker.reports.call_report import CallReport


def report_routes(device: Device) -> APIRouter:
    """The last reports on calls."""
    router = APIRouter(prefix="/api/v1/calls/reports")

    @router.get("")
    @needs(Role.VIEWER)
    async def reports() -> dict[str, Any]:
        """Those that are kept, the oldest first."""
        return {"reports": [_as_json(report) for report in device.reports.reports]}

    @router.get("/{number}")
    @needs(Role.VIEWER)
    async def report(number: int) -> dict[str, Any]:
        """One of them."""
        found = device.reports.get(number)
        if found is None:
            raise HTTPException(404, f"no report {number}")
        return _as_json(found)

    return router


def _as_json(report: CallReport) -> dict[str, Any]:
    shown: dict[str, Any] = CODING.dump_python(report, mode="json")
    return shown
