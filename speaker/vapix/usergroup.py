"""`usergroup.cgi`: who asks, and in which groups they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from conf.accounts.role import Role
from speaker.http.identity import Who
from speaker.http.rights import needs
from speaker.vapix.groups import groups_of

if TYPE_CHECKING:
    from speaker.device import Device


def usergroup_routes(device: Device) -> APIRouter:
    """`/axis-cgi/usergroup.cgi`."""
    router = APIRouter()

    @router.get("/axis-cgi/usergroup.cgi", include_in_schema=False)
    @needs(Role.VIEWER)
    async def usergroup(who: Who) -> PlainTextResponse:
        """Two lines: the name, and the groups."""
        account = device.accounts.get(who.name)
        groups = groups_of(who.role, ptz=account is not None and account.ptz)
        return PlainTextResponse(f"{who.name}\r\n{' '.join(groups)}\r\n")

    return router
