"""Logging in at the web page: `/api/v1/session`, a cookie and a token against forged requests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, Field

from conf.accounts.role import Role, RoleName
from speaker.api.body import Body, needs_json
from speaker.api.errors import errors
from speaker.http.identity import Proof, Who
from speaker.http.logins import is_secure
from speaker.http.refusal import Refusal
from speaker.http.rights import SHORT_BODY_LIMIT, body_limit, needs

if TYPE_CHECKING:
    from starlette.types import Scope

    from speaker.device import Device

PATH = "/api/v1/session"


class NamePassword(Body):
    """Who wants to log in."""

    name: str
    password: str


class Begun(BaseModel):
    """A session that has begun."""

    name: str
    role: RoleName
    csrf_token: str
    """To be sent with whatever changes something, as `X-CSRF-Token`."""


class Asker(BaseModel):
    """Who asks."""

    name: str
    """Empty: nobody knows, and anybody may see what viewers see."""
    role: RoleName
    proof: str = Field(examples=["session"])
    """How they showed it."""
    csrf_token: str | None = None
    """Of a session."""


def session_routes(device: Device) -> APIRouter:
    """Begin, look at and end a session."""
    router = APIRouter(tags=["accounts"])
    logins = device.logins

    @router.post(
        PATH,
        dependencies=[Depends(needs_json)],
        response_model=Begun,
        responses=errors(401, 429, 503),
    )
    @needs(Role.ANYBODY)
    @body_limit(SHORT_BODY_LIMIT)
    async def log_in(
        body: NamePassword, request: Request, response: Response, who: Who
    ) -> dict[str, Any]:
        """Begin a session: sets its cookie, and answers with what repeats `X-CSRF-Token`."""
        account = await logins.account_with(body.name, body.password, who.address, PATH)
        if isinstance(account, Refusal):
            raise HTTPException(account.status, account.words, dict(account.headers))
        if account is None:
            raise HTTPException(401, "the name or the password is wrong")
        await asyncio.to_thread(
            device.store.audit.note, account.name, "logged in", address=who.address
        )
        logins.sessions.end(logins.cookie_of(request.scope))
        cookie, session = logins.sessions.begin(account, logins.now())
        _set_cookie(response, request.scope, logins.cookie_name(request.scope), cookie)
        response.headers["Cache-Control"] = "no-store"
        return {
            "name": account.name,
            "role": account.role.written,
            "csrf_token": session.csrf_token,
        }

    @router.get(PATH, response_model=Asker, response_model_exclude_none=True)
    @needs(Role.VIEWER)
    async def who_am_i(request: Request, response: Response, who: Who) -> dict[str, Any]:
        """Who asks, what they may do, how they showed it, and a session's token."""
        response.headers["Cache-Control"] = "no-store"
        told = {"name": who.name, "role": who.role.written, "proof": who.proof.value}
        if who.proof is Proof.SESSION:
            found = logins.sessions.find(logins.cookie_of(request.scope), logins.now())
            if found is not None:
                told["csrf_token"] = found[0].csrf_token
        return told

    @router.delete(PATH, status_code=204)
    @needs(Role.VIEWER)
    async def log_out(request: Request, response: Response) -> None:
        """End the session of the cookie."""
        logins.sessions.end(logins.cookie_of(request.scope))
        _forget_cookie(response, request.scope, logins.cookie_name(request.scope))

    return router


def _set_cookie(response: Response, scope: Scope, name: str, value: str) -> None:
    """Of no use to scripts, to other sites, and, where it came by TLS, to plain HTTP."""
    response.set_cookie(
        name, value, httponly=True, samesite="strict", secure=is_secure(scope), path="/"
    )


def _forget_cookie(response: Response, scope: Scope, name: str) -> None:
    """A browser takes it for the same one only if it is described as it was when it was set."""
    response.delete_cookie(
        name, httponly=True, samesite="strict", secure=is_secure(scope), path="/"
    )
