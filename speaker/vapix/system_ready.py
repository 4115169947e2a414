"""`systemready.cgi`: whether the device takes calls, and whether somebody has to set it up first.

Anybody may ask, as a tool has to before it knows any account.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from conf.accounts.role import Role
from speaker.vapix.envelope import JsonApi, Method
from speaker.vapix.error_family import FAMILY_B

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speaker.device import Device
    from speaker.events import Event
    from speaker.vapix.envelope import Asked

READY: Final = "device.ready"
LONGEST_WAIT_S: Final = 30
"""What a longer `timeout` comes down to: nobody shall hold a connection for longer."""

MOST_WAITING: Final = 32
"""Those above are answered at once."""


class SystemReady:
    """The API, for one device."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._waiting = 0

    def api(self) -> JsonApi:
        """The API with its method."""
        return JsonApi(
            path="/axis-cgi/systemready.cgi",
            family=FAMILY_B,
            versions=("1.4",),
            methods={"systemready": Method(Role.ANYBODY, self._systemready)},
        )

    async def _systemready(self, asked: Asked) -> Mapping[str, object]:
        wait_s = asked.params.whole("timeout", 0, 10**9) if "timeout" in asked.params else 0
        if not self._is_ready and wait_s and self._waiting < MOST_WAITING:
            await self._wait(min(wait_s, LONGEST_WAIT_S))
        lifecycle = self._device.lifecycle
        return {
            "systemready": _yes(self._is_ready),
            "needsetup": _yes(not self._device.accounts.has_administrator),
            "uptime": str(int(lifecycle.uptime_s)),
            "bootid": lifecycle.boot_id,
        }

    @property
    def _is_ready(self) -> bool:
        return bool(self._device.bus.value(READY))

    async def _wait(self, seconds: float) -> None:
        """Until the device is ready, or so many seconds have passed."""
        ready = asyncio.Event()

        def listener(event: Event) -> None:
            if event.name == READY and self._is_ready:
                ready.set()

        leave = self._device.bus.listen(listener)
        self._waiting += 1
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await ready.wait()
        finally:
            self._waiting -= 1
            leave()


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
