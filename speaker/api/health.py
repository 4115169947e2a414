"""Whether the process lives, whether it takes calls, and what the device is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from conf.role import Role
from speaker.http.rights import needs

if TYPE_CHECKING:
    from speaker.device import Device


def health_routes(device: Device) -> APIRouter:
    """`/healthz`, `/readyz` and `/api/v1/state`."""
    router = APIRouter()

    @router.get("/healthz")
    @needs(Role.ANYBODY)
    async def health() -> dict[str, str]:
        """Answered whenever the process is alive."""
        return {"status": "alive"}

    @router.get("/readyz")
    @needs(Role.ANYBODY)
    async def ready() -> JSONResponse:
        """200 when the device takes calls, else 503."""
        is_ready = bool(device.bus.value("device.ready"))
        return JSONResponse({"ready": is_ready}, status_code=200 if is_ready else 503)

    @router.get("/api/v1/state")
    @needs(Role.VIEWER)
    async def state() -> dict[str, Any]:
        """Every condition of the device, its calls, and the figures of its sound engine."""
        return device.state()

    return router
