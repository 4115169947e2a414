"""Bearer tokens for machines, under `/api/v1/tokens`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, Field

from conf.accounts.account_rules import seconds_since_1970
from conf.accounts.role import Role, RoleName
from speaker.api.body import Body
from speaker.api.errors import errors
from speaker.http.identity import Who
from speaker.http.rights import needs

if TYPE_CHECKING:
    from conf.accounts.machine_tokens import MachineToken
    from speaker.device import Device


class NewToken(Body):
    """A token to be made."""

    name: str
    """What machine it is for: 1 to 64 characters without slashes."""
    role: RoleName
    expires_at: Annotated[AwareDatetime, Field(strict=False)] | None = None
    """When it no longer counts; left out: never."""


class OneToken(Body):
    """A token as it is told: everything but itself."""

    name: str
    role: RoleName
    made_by: str
    made_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    """When it was used last, to the minute."""


class MadeToken(Body):
    """A token when it is new: this once it is shown."""

    name: str
    token: str


def token_routes(device: Device) -> APIRouter:
    """List, make and delete tokens."""
    router = APIRouter(prefix="/api/v1/tokens", tags=["accounts"])
    tokens = device.tokens

    @router.get("")
    @needs(Role.ADMINISTRATOR)
    async def all_tokens() -> list[OneToken]:
        """Every token, in the order in which they were made."""
        return [_told(each) for each in tokens.all()]

    @router.post("", status_code=201, responses=errors(409))
    @needs(Role.ADMINISTRATOR)
    async def make(body: NewToken, response: Response, who: Who) -> MadeToken:
        """Make a token. The answer shows it; nobody can look it up later."""
        response.headers["Cache-Control"] = "no-store"
        expires_at = None if body.expires_at is None else seconds_since_1970(body.expires_at)
        made = await asyncio.to_thread(
            tokens.add,
            body.name,
            Role.of(body.role),
            expires_at=expires_at,
            by=who.name,
            address=who.address,
            wall=device.logins.wall(),
        )
        return MadeToken(name=body.name, token=made)

    @router.delete("/{name}", status_code=204, responses=errors(409))
    @needs(Role.ADMINISTRATOR)
    async def remove(name: str, who: Who) -> None:
        """Let a token count no longer."""
        await asyncio.to_thread(tokens.remove, name, by=who.name, address=who.address)

    return router


def _told(token: MachineToken) -> OneToken:
    return OneToken(
        name=token.name,
        role=token.role.written,
        made_by=token.made_by,
        made_at=_time(token.made_at),
        expires_at=None if token.expires_at is None else _time(token.expires_at),
        used_at=None if token.used_at is None else _time(token.used_at),
    )


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
