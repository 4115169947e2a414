"""The gate of the HTTP side: every request shows who it is from before a route sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.routing import Match

from conf.accounts.role import Role
from speaker.http import refusal
from speaker.http.bounded_body import BoundedBody, announced_octets, too_long
from speaker.http.cross_site import (
    SILENT,
    UnknownPage,
    changes_something,
    comes_from_elsewhere,
)
from speaker.http.identity import Identity
from speaker.http.lease import Lease
from speaker.http.logins import address_of
from speaker.http.refusal import Refusal
from speaker.http.rights import NOWHERE, NotAllowed, Rights, rights_of

if TYPE_CHECKING:
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

    from speaker.http.logins import Logins

ELSEWHERE: Final = "this was sent by a page of another site"
NO_PAGE: Final = "nowhere"
"""What failed logins at addresses without a route are counted for: no page, and not all of them."""


class Gate:
    """Lets a request pass whose sender may use its route; others are refused.

    In this order: pages of other sites, then who fails to log in too often, then who does not show
    who they are (401), then who is not allowed (403), then bodies that are too long (413). None of
    these waits for the body.
    """

    def __init__(self, app: ASGIApp, logins: Logins) -> None:
        self._app = app
        self._logins = logins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        route = _route(scope)
        rights = NOWHERE if route is None else rights_of(route)
        if changes_something(scope) and comes_from_elsewhere(scope):
            await refusal.forbidden(ELSEWHERE).send_to(scope, receive, send)
            return
        found = await self._judge(scope, rights, str(getattr(route, "path", NO_PAGE)))
        if isinstance(found, Refusal):
            if rights.role is not Role.ANYBODY:
                await found.send_to(scope, receive, send)
                return
            identity, beyond = Identity(address=address_of(scope)), found
        else:
            identity, beyond = found, self._beyond(found, scope)
        identity.attach(scope)
        if scope["type"] == "http" and rights.body_limit is not None:
            if announced_octets(scope) > rights.body_limit:
                too_much = Refusal(status=413, words=too_long(rights.body_limit))
                await too_much.send_to(scope, receive, send)
                return
            receive = BoundedBody(receive, rights.body_limit)
        lease = Lease(receive, send, identity.still_counts)
        try:
            await self._app(scope, lease.receive, lease.send)
        except NotAllowed:
            await beyond.send_to(scope, receive, send)
        except UnknownPage:
            await refusal.forbidden(SILENT).send_to(scope, receive, send)

    async def _judge(self, scope: Scope, rights: Rights, page: str) -> Identity | Refusal:
        """Whose the request is, or how it is refused.

        Where nobody has to log in the refusal counts if the route has something for some only.
        """
        logins = self._logins
        if not logins.accounts.has_administrator and not logins.is_local(scope):
            if rights.sets_up:
                return Identity(address=address_of(scope))
            return refusal.not_set_up(logins.challenges(scope))
        found = await logins.identify(scope, rights.role, page)
        if isinstance(found, Refusal) or found.role >= rights.role:
            return found
        return self._beyond(found, scope)

    def _beyond(self, found: Identity, scope: Scope) -> Refusal:
        """What is asked for is not for this one."""
        if found.role is Role.ANYBODY:
            return refusal.not_logged_in(self._logins.challenges(scope))
        return refusal.forbidden("this account may not do that")


def _route(scope: Scope) -> BaseRoute | None:
    """The route that would be taken, as the router finds it."""
    partial = None
    for route in scope["app"].routes:
        match, _ = route.matches(scope)
        if match is Match.FULL:
            return route  # type: ignore[no-any-return]
        if match is Match.PARTIAL and partial is None:
            partial = route
    return partial
