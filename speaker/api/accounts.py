"""The accounts of those who use the device, under `/api/v1/accounts`; and one's own password."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException
from pydantic import Field

from conf.accounts.role import Role, RoleName
from speaker.api.body import Body
from speaker.api.errors import errors
from speaker.http.identity import Proof, Who
from speaker.http.refusal import Refusal
from speaker.http.rights import SHORT_BODY_LIMIT, body_limit, needs

if TYPE_CHECKING:
    from conf.accounts.user_account import UserAccount
    from speaker.device import Device

OWN_PASSWORD = "/api/v1/account/password"  # noqa: S105 - an address


class NewAccount(Body):
    """Somebody new."""

    name: str
    """1 to 14 letters and digits."""
    password: str
    """1 to 64 printable ASCII characters."""
    role: RoleName
    comment: str = ""


class AccountChange(Body):
    """What is to be different; what is left out stays."""

    password: str | None = None
    role: RoleName | None = None
    comment: str | None = None


class PasswordChange(Body):
    """One's own new password, and the one until now."""

    current: Annotated[str, Field(max_length=256)]
    new: str


class OneAccount(Body):
    """An account as it is told: nothing of its password."""

    name: str
    role: RoleName
    comment: str


def account_routes(device: Device) -> APIRouter:
    """List, add, change and delete accounts."""
    router = APIRouter(prefix="/api/v1/accounts", tags=["accounts"])
    accounts = device.accounts

    @router.get("")
    @needs(Role.ADMINISTRATOR)
    async def all_accounts() -> list[OneAccount]:
        """Every account, in the order in which they were added."""
        return [_told(each) for each in accounts.all()]

    @router.post("", status_code=201, responses=errors(409))
    @needs(Role.ADMINISTRATOR)
    async def add(body: NewAccount, who: Who) -> OneAccount:
        """Add an account."""
        return _told(
            await asyncio.to_thread(
                accounts.add,
                body.name,
                body.password,
                Role.of(body.role),
                comment=body.comment,
                by=who.name,
                address=who.address,
            )
        )

    @router.patch("/{name}", responses=errors(409))
    @needs(Role.ADMINISTRATOR)
    async def change(name: str, body: AccountChange, who: Who) -> OneAccount:
        """Change an account; a new password or role ends its sessions."""
        return _told(
            await asyncio.to_thread(
                accounts.change,
                name,
                password=body.password,
                role=None if body.role is None else Role.of(body.role),
                comment=body.comment,
                by=who.name,
                address=who.address,
            )
        )

    @router.delete("/{name}", status_code=204, responses=errors(409))
    @needs(Role.ADMINISTRATOR)
    async def remove(name: str, who: Who) -> None:
        """Delete an account, and end its sessions."""
        await asyncio.to_thread(accounts.remove, name, by=who.name, address=who.address)

    return router


def own_password_routes(device: Device) -> APIRouter:
    """What everybody who has an account may do with it."""
    router = APIRouter(tags=["accounts"])

    @router.post(OWN_PASSWORD, status_code=204, responses=errors(409))
    @needs(Role.VIEWER)
    @body_limit(SHORT_BODY_LIMIT)
    async def change_own_password(body: PasswordChange, who: Who) -> None:
        """Change one's own password; all of the account's sessions end."""
        if who.proof not in (Proof.SESSION, Proof.PASSWORD):
            raise HTTPException(409, "who asks has no account: log in as the one it is about")
        account = await device.logins.account_with(
            who.name, body.current, who.address, OWN_PASSWORD
        )
        if isinstance(account, Refusal):
            raise HTTPException(account.status, account.words, dict(account.headers))
        if account is None:
            raise HTTPException(403, "the current password is wrong")
        await asyncio.to_thread(
            device.accounts.change,
            who.name,
            password=body.new,
            by=who.name,
            address=who.address,
        )

    return router


def _told(account: UserAccount) -> OneAccount:
    return OneAccount(name=account.name, role=account.role.written, comment=account.comment)
