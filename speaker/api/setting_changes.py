"""How the API reads settings and changes them, so that two who do it do not undo one another.

Every answer about settings carries the revision of all settings as its `ETag`. Whoever sends it
back as `If-Match` has the change refused (412) when somebody else was faster.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends, Header, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from conf.accounts.exported_logins import ExportedLogins
from conf.tables.plain import value_at
from speaker.http.identity import who_asks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conf.settings import Settings
    from speaker.device import Device

IfMatch = Annotated[
    str | None,
    Header(max_length=200, description="Revision that is to be changed, as an `ETag` told it."),
]


class Entrance:
    """The one way by which the API comes to the settings of a device."""

    def __init__(self, device: Device) -> None:
        self._device = device
        # Revisions of an earlier run are none of this one.
        self._run: Final = secrets.token_hex(4)
        self._seen: Settings | None = None
        self._number = 0

    @property
    def settings(self) -> Settings:
        """What counts now."""
        return self._device.store.settings

    @property
    def fixed(self) -> dict[str, str]:
        """Keys of settings that cannot be changed, and what decides them instead."""
        return dict(self._device.store.fixed)

    @property
    def lost_secrets(self) -> list[str]:
        """Keys of secrets that nobody can read any more."""
        return [*self._device.store.lost_secrets]

    def revision(self, settings: Settings) -> str:
        """The `ETag` of settings that count now, or have just been made to."""
        if settings is not self._seen:
            self._seen = settings
            self._number += 1
        return f'"{self._run}-{self._number}"'

    def expected(self, if_match: str | None) -> Settings | None:
        """The settings that a change is for; None: whatever they are.

        Raises:
            HTTPException: they are not those any more.
        """
        if if_match is None or if_match.strip() == "*":
            return None
        settings = self.settings
        # A proxy that packs answers may have made the tag a weak one.
        tags = {tag.strip().removeprefix("W/") for tag in if_match.split(",")}
        if self.revision(settings) not in tags:
            raise HTTPException(412, "the settings have been changed by somebody else")
        return settings

    async def change(
        self, request: Request, tables: Mapping[str, Any], since: Settings | None
    ) -> Settings:
        """Merge `tables` into the settings; raises what the store does."""
        return await self._do(request, self._device.store.change, tables, since=since)

    async def replace(
        self, request: Request, path: tuple[str, ...], value: object, since: Settings | None
    ) -> Settings:
        """Give a section a new value; raises what the store does."""
        store = self._device.store
        return await self._do(request, store.replace, ".".join(path), value, since=since)

    async def check(self, tables: Mapping[str, Any]) -> None:
        """Raise what a change would."""
        await asyncio.to_thread(self._device.store.check, tables)

    async def restore(
        self, request: Request, text: str, password: str | None, *, keeps_logins: bool
    ) -> Settings:
        """Put an export in the place of all settings; raises what the store does."""
        logins = ExportedLogins(self._device.accounts, self._device.tokens, are_kept=keeps_logins)
        return await self._do(
            request, self._device.store.restore, text, password=password, attachment=logins
        )

    async def export(self, request: Request, password: str | None) -> str:
        """All settings as TOML, with those who may log in; who takes secrets along is noted."""
        asker, device = who_asks(request), self._device

        def write() -> str:
            logins = ExportedLogins(device.accounts, device.tokens)
            text = device.store.export(password=password, attachment=logins)
            if password is not None:
                words = "exported the settings with their secrets"
                device.store.audit.note(asker.name, words, address=asker.address)
            return text

        return await asyncio.to_thread(write)

    async def _do(
        self, request: Request, how: Callable[..., Settings], *what: object, **more: object
    ) -> Settings:
        """On another thread, as the disk may take its time."""
        asker = who_asks(request)
        return await asyncio.to_thread(how, *what, by=asker.name, address=asker.address, **more)

    def answer(self, settings: Settings, value: object, status: int = 200) -> Response:
        """An answer that carries the revision."""
        return JSONResponse(value, status, {"ETag": self.revision(settings)})


async def _entrance_of(request: Request) -> Entrance:
    found: Entrance = request.app.state.entrance
    return found


Here = Annotated[Entrance, Depends(_entrance_of)]
"""How an endpoint gets that of the device whose application it answers for."""


def shown(settings: Settings) -> dict[str, Any]:
    """All settings as the API tells them: without secrets, and without what is left open."""
    return settings.model_dump(mode="json", by_alias=True, exclude_none=True)


def part_of(settings: Settings, path: tuple[str, ...]) -> Any:
    """A section as the API tells it."""
    return value_at(shown(settings), path)
