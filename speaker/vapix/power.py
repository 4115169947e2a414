"""`restart.cgi`, `factorydefault.cgi` and `hardfactorydefault.cgi`: the device begins anew.

The answer goes out before anything happens.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from conf.accounts.role import Role
from speaker.http.cross_site import check_page
from speaker.http.identity import who_asks
from speaker.http.rights import needs

if TYPE_CHECKING:
    from speaker.device import Device
    from speaker.http.identity import Identity


def power_routes(device: Device) -> APIRouter:
    """Each is noted in the audit log with who asked for it."""
    router = APIRouter(prefix="/axis-cgi", include_in_schema=False)

    @router.get("/restart.cgi")
    @needs(Role.ADMINISTRATOR)
    async def restart(request: Request) -> HTMLResponse:
        """Begin anew, with everything that was set."""
        who = await _noted(request, "restart")
        device.lifecycle.restart(by=who.name)
        return _page("The device restarts.")

    @router.get("/factorydefault.cgi")
    @needs(Role.ADMINISTRATOR)
    async def factory_default(request: Request) -> HTMLResponse:
        """Forget what was set, but for what the device is found by."""
        who = await _noted(request, "factory default")
        await device.lifecycle.factory_default(hard=False, by=who.name)
        return _page("The device goes back to its defaults and restarts.")

    @router.get("/hardfactorydefault.cgi")
    @needs(Role.ADMINISTRATOR)
    async def hard_factory_default(request: Request) -> HTMLResponse:
        """Forget everything."""
        who = await _noted(request, "hard factory default")
        await device.lifecycle.factory_default(hard=True, by=who.name)
        return _page("The device forgets everything and restarts.")

    async def _noted(request: Request, what: str) -> Identity:
        check_page(request.scope)
        who = who_asks(request)
        await asyncio.to_thread(
            device.store.audit.note, who.name, f"asked for a {what}", address=who.address
        )
        return who

    return router


def _page(sentence: str) -> HTMLResponse:
    return HTMLResponse(f"<html><body>\n{sentence}\n</body></html>\n")
