"""`pwdgrp.cgi`: accounts, as VAPIX clients manage them (System settings, user accounts)."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Final

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from conf.accounts.account_error import AccountError, AccountExists, AccountNeeded, NoSuchAccount
from conf.accounts.account_rules import NAME
from conf.accounts.role import Role
from conf.store.store_error import StoreError
from speaker.http.cross_site import check_page, is_own_name
from speaker.http.identity import Identity, Who
from speaker.http.refusal import no_initial_administrator, not_set_up, vapix_page
from speaker.http.rights import needs, sets_up
from speaker.vapix.arguments import Arguments, Asked
from speaker.vapix.groups import INITIAL, PTZ, groups_of, role_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conf.accounts.user_account import UserAccount
    from conf.accounts.user_accounts import UserAccounts
    from speaker.device import Device

log = structlog.get_logger(__name__)

FAILURE: Final = "Error: consult the system log file."
NO_ACTION: Final = "Error: action operation type."
NO_NAME: Final = "Error: account user name."

PRIMARY_GROUPS: Final = ("users", "root")
"""`root` is for the first administrator only."""

LISTED: Final = ("admin", "operator", "viewer", PTZ)


class NotGranted(Exception):
    """What is asked for breaks a rule that VAPIX has no words for; the message is for the log."""


def pwdgrp_routes(device: Device) -> APIRouter:
    """`/axis-cgi/pwdgrp.cgi`."""
    router = APIRouter()

    @router.api_route("/axis-cgi/pwdgrp.cgi", methods=["GET", "POST"], include_in_schema=False)
    @needs(Role.ADMINISTRATOR)
    @sets_up()
    async def pwdgrp(request: Request, asked: Asked, who: Who) -> Response:
        """Add, update, remove or get."""
        check_page(request.scope)
        action = asked.get("action")
        if who.role < Role.ADMINISTRATOR:
            return await _initial(device, request, asked, who)
        if action == "get":
            return PlainTextResponse(_listed(device.accounts.all()))
        if action not in ("add", "update", "remove"):
            return vapix_page(NO_ACTION)
        name = asked.get("user") or ""
        if NAME.fullmatch(name) is None:
            return vapix_page(NO_NAME)
        try:
            return vapix_page(await asyncio.to_thread(_done, device.accounts, asked, who))
        except (AccountExists, NoSuchAccount, AccountNeeded):
            return vapix_page(f"Error: malformed action operation, {action}.")
        except (AccountError, NotGranted, StoreError) as error:
            log.warning("pwdgrp.cgi failed", action=action, user=name, why=str(error))
            return vapix_page(FAILURE)

    return router


async def _initial(device: Device, request: Request, asked: Arguments, who: Identity) -> Response:
    """There is no administrator: whoever comes first may become one."""
    challenges = device.logins.challenges(request.scope)
    if asked.get("action") != "add":
        return not_set_up(challenges).response_to(request.scope)
    try:
        _check_initial(asked, request.headers.get("host", ""))
        account = await asyncio.to_thread(
            device.accounts.add_first,
            asked.get("user") or "",
            asked.get("pwd") or "",
            comment=asked.get("comment") or "",
            ptz=True,
            address=who.address,
        )
    except (AccountError, NotGranted, StoreError) as error:
        log.warning("the first administrator was not added", why=str(error), address=who.address)
        return no_initial_administrator(challenges).response_to(request.scope)
    return vapix_page(f"Created account {account.name}.")


def _check_initial(asked: Arguments, host: str) -> None:
    if not is_own_name(host, socket.gethostname()):
        raise NotGranted("Host is a name that could be somebody else's: use the address")
    groups = frozenset((asked.get("sgrp") or "").split(":"))
    if groups != INITIAL:
        raise NotGranted("the first account must be in admin, operator, viewer and ptz")
    if asked.get("grp") not in (None, *PRIMARY_GROUPS):
        raise NotGranted("the primary group is users or root")


def _done(accounts: UserAccounts, asked: Arguments, who: Identity) -> str:
    """Do what is asked for, and say so."""
    name = asked.get("user") or ""
    sgrp = asked.get("sgrp")
    groups = None if sgrp is None else frozenset(sgrp.split(":"))
    role = None if groups is None else role_in(groups)
    if groups is not None and role is None:
        raise NotGranted("sgrp names no role, or a group that there is not")
    if asked.get("grp") not in (None, "users"):
        raise NotGranted("grp is not users")
    ptz = None if groups is None else PTZ in groups
    match asked.get("action"):
        case "add":
            if role is None or asked.get("pwd") is None:
                raise NotGranted("add needs pwd and sgrp")
            accounts.add(
                name,
                asked.get("pwd") or "",
                role,
                comment=asked.get("comment") or "",
                ptz=bool(ptz),
                by=who.name,
                address=who.address,
            )
            return f"Created account {name}."
        case "update":
            accounts.change(
                name,
                password=asked.get("pwd"),
                role=role,
                comment=asked.get("comment"),
                ptz=ptz,
                by=who.name,
                address=who.address,
            )
            return f"Modified account {name}."
        case _:
            accounts.remove(name, by=who.name, address=who.address)
            return f"Removed account {name}."


def _listed(accounts: Iterable[UserAccount]) -> str:
    """Each group and who is in it, as devices write it."""
    members: dict[str, list[str]] = {group: [] for group in LISTED}
    everybody = []
    for account in accounts:
        everybody.append(account.name)
        for group in groups_of(account.role, ptz=account.ptz):
            members[group].append(account.name)
    members["digusers"] = everybody
    return "".join(f'{group}="{",".join(names)}"\r\n' for group, names in members.items())
