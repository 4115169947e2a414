"""Whether the process lives, and whether it takes calls: for those who watch over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from conf.accounts.role import Role
from speaker.http.rights import needs

if TYPE_CHECKING:
    from speaker.device import Device


class Alive(BaseModel):
    """That there is an answer at all."""

    status: Literal["alive"]


class Ready(BaseModel):
    """Whether the device takes calls."""

    ready: bool


def health_routes(device: Device) -> APIRouter:
    """`/healthz` and `/readyz`, for anybody."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", response_model=Alive)
    @needs(Role.ANYBODY)
    async def health() -> Response:
        """Answered whenever the process is alive."""
        return JSONResponse({"status": "alive"})

    @router.get(
        "/readyz",
        response_model=Ready,
        responses={503: {"model": Ready, "description": "It takes no calls (yet, or any more)."}},
    )
    @needs(Role.ANYBODY)
    async def ready() -> Response:
        """200 when the device takes calls, else 503."""
        is_ready = bool(device.bus.value("device.ready"))
        return JSONResponse({"ready": is_ready}, status_code=200 if is_ready else 503)

    return router
