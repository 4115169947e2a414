"""`GET /metrics`, for Prometheus."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from conf.accounts.role import Role
from speaker.http.rights import needs
from speaker.metrics.exposition import exposed

if TYPE_CHECKING:
    from speaker.device import Device

EXAMPLE: Final = 'speaker_sip_registered{account="desk",state="registered"} 1.0\n'


def metric_routes(device: Device) -> APIRouter:
    """The figures of the device, in Prometheus' text format."""
    router = APIRouter(tags=["health"])

    @router.get(
        "/metrics",
        response_class=PlainTextResponse,
        responses={
            200: {
                "description": "One figure a line.",
                "content": {"text/plain": {"example": EXAMPLE}},
            }
        },
    )
    @needs(Role.VIEWER)
    async def metrics() -> Response:
        """Calls, registrations, loss and jitter, sound, requests, processor, memory."""
        text = await asyncio.to_thread(exposed, device.state(), device.tally.registry)
        return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return router
