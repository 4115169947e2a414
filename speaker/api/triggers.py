"""Something that rules may react to, because somebody wants it: `POST /api/v1/trigger`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from pydantic import Field

from conf.accounts.role import Role
from speaker.api.body import Body, Text
from speaker.http.rights import needs

if TYPE_CHECKING:
    from speaker.device import Device


class Trigger(Body):
    """Which trigger is pulled."""

    name: Annotated[
        Text, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$", max_length=64, examples=["evacuation"])
    ]
    """What rules know it by: `{event = "manual.trigger", name = "evacuation"}`."""


def trigger_routes(device: Device) -> APIRouter:
    """The happening `manual.trigger`."""
    router = APIRouter(prefix="/api/v1", tags=["rules"])

    @router.post("/trigger")
    @needs(Role.OPERATOR)
    async def trigger(body: Trigger) -> Trigger:
        """Start the rules that wait for this trigger.

        Whether there are any, the one who pulls it is not told: others may listen as well.
        """
        with device.turn():
            device.bus.happen("manual.trigger", name=body.name)
        return body

    return router
