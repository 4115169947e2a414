"""First-time setup under `/api/v1/setup`: the first administrator, whom anybody can make once."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel

from conf.accounts.account_error import AlreadySetUp
from conf.accounts.role import Role, RoleName
from speaker.api.body import Body, needs_json
from speaker.api.errors import errors
from speaker.http.cross_site import is_own_name
from speaker.http.identity import Who
from speaker.http.rights import SHORT_BODY_LIMIT, body_limit, needs

if TYPE_CHECKING:
    from speaker.device import Device

FOREIGN_NAME: Final = (
    "setting up needs the address of the device, or its name in the local network: any other name"
    " could belong to somebody else"
)


class FirstAdministrator(Body):
    """Who is to be the first administrator."""

    name: str
    password: str


class SetupNeeded(BaseModel):
    """Whether the first administrator has to be made."""

    needed: bool


class MadeAdministrator(BaseModel):
    """The first account."""

    name: str
    role: RoleName


def setup_routes(device: Device) -> APIRouter:
    """Whether there is an administrator, and the first one."""
    router = APIRouter(prefix="/api/v1", tags=["accounts"])

    @router.get("/setup")
    @needs(Role.ANYBODY)
    async def needs_setup() -> SetupNeeded:
        """Whether the first administrator has to be made."""
        return SetupNeeded(needed=not device.accounts.has_administrator)

    @router.post(
        "/setup",
        status_code=201,
        dependencies=[Depends(needs_json)],
        responses=errors(409, 503),
    )
    @needs(Role.ANYBODY)
    @body_limit(SHORT_BODY_LIMIT)
    async def set_up(body: FirstAdministrator, request: Request, who: Who) -> MadeAdministrator:
        """Make the first administrator; the device must not have one."""
        if device.accounts.has_administrator:
            raise AlreadySetUp("the device has an administrator")
        if not is_own_name(request.headers.get("host", ""), socket.gethostname()):
            raise HTTPException(403, FOREIGN_NAME)
        account = await asyncio.to_thread(
            device.accounts.add_first, body.name, body.password, ptz=True, address=who.address
        )
        return MadeAdministrator(name=account.name, role="administrator")

    return router
