"""`firmwaremanagement.cgi`: which version runs, restart, and the way back to the defaults."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from conf.accounts.role import Role
from speaker.vapix.envelope import JsonApi, Method
from speaker.vapix.error_family import FAMILY_D, ApiError, Trouble
from speaker.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speaker.device import Device
    from speaker.vapix.envelope import Asked

SOFTWARE: Final = "intercom-speaker"
MODES: Final = ("soft", "hard")


class FirmwareManagement:
    """The API, for one device."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def api(self) -> JsonApi:
        """The API with its methods. This software is upgraded as the machine's packages are."""
        return JsonApi(
            path="/axis-cgi/firmwaremanagement.cgi",
            family=FAMILY_D,
            versions=("1.3",),
            strict=True,
            methods={
                "status": Method(Role.ADMINISTRATOR, self._status),
                "reboot": Method(Role.ADMINISTRATOR, self._reboot),
                "factoryDefault": Method(Role.ADMINISTRATOR, self._factory_default),
            },
        )

    async def _status(self, asked: Asked) -> Mapping[str, object]:
        asked.params.only()
        return {"activeFirmwareVersion": VERSION, "activeFirmwarePart": SOFTWARE}

    async def _reboot(self, asked: Asked) -> Mapping[str, object]:
        """The program starts anew; the machine goes on."""
        asked.params.only()
        await self._noted(asked, "restart")
        self._device.lifecycle.restart(by=asked.by.name)
        return {}

    async def _factory_default(self, asked: Asked) -> Mapping[str, object]:
        asked.params.only("factoryDefaultMode")
        mode = asked.params.text("factoryDefaultMode")
        if mode not in MODES:
            raise ApiError(Trouble.INVALID, "factoryDefaultMode is not soft or hard")
        await self._noted(asked, "hard factory default" if mode == "hard" else "factory default")
        await self._device.lifecycle.factory_default(hard=mode == "hard", by=asked.by.name)
        return {}

    async def _noted(self, asked: Asked, what: str) -> None:
        note = self._device.store.audit.note
        await asyncio.to_thread(
            note, asked.by.name, f"asked for a {what}", address=asked.by.address
        )
