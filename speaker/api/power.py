"""The device begins anew: `POST /api/v1/restart` and `/api/v1/factory-default`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel

from conf.accounts.role import Role
from speaker.api.body import Body
from speaker.http.identity import Identity, Who
from speaker.http.rights import needs

if TYPE_CHECKING:
    from speaker.device import Device


class FactoryDefault(Body):
    """How much is to be forgotten."""

    hard: bool = False
    """The ports of HTTP, clips, reports and the log, too: for a device that is given away."""


class Ended(BaseModel):
    """The run that comes to its end, once this is said."""

    boot: str
    """Its id: the next one has another (`boot.id` of the state)."""


def power_routes(device: Device) -> APIRouter:
    """Each is noted in the audit log with who asked for it; the answer goes out first."""
    router = APIRouter(prefix="/api/v1", tags=["maintenance"])

    @router.post("/restart", status_code=202)
    @needs(Role.ADMINISTRATOR)
    async def restart(who: Who) -> Ended:
        """Begin anew, with everything that was set. Calls end."""
        await noted(who, "restart")
        device.lifecycle.restart(by=who.name)
        return Ended(boot=device.lifecycle.boot_id)

    @router.post("/factory-default", status_code=202)
    @needs(Role.ADMINISTRATOR)
    async def factory_default(body: FactoryDefault, who: Who) -> Ended:
        """Forget settings, accounts, tokens and certificates, and begin anew. Calls end.

        The ports of HTTP, clips, reports and the log are kept, unless it is `hard`.
        """
        await noted(who, "hard factory default" if body.hard else "factory default")
        await device.lifecycle.factory_default(hard=body.hard, by=who.name)
        return Ended(boot=device.lifecycle.boot_id)

    async def noted(who: Identity, what: str) -> None:
        note = device.store.audit.note
        await asyncio.to_thread(note, who.name, f"asked for a {what}", address=who.address)

    return router
