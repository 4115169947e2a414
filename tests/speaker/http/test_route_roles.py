"""Who may use which route: every route has a line here, and each role is tried at each of them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from conf.accounts.role import Role
from speaker.http.app import make_app
from tests.speaker.http.route_roles import TABLE, expected
from tests.speaker.http.serving import Served, serving
from tests.speaker.http.visitors import add, digest, set_up, visitor

PASSED: Final = 299


class Behind:
    """Answers in place of the routes, so that none does what it is there for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await Response(status_code=PASSED)(scope, receive, send)


def routes_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path that the application answers."""
    for route in app.routes:
        yield from _methods_and_path(route)


def _methods_and_path(route: BaseRoute) -> Iterator[tuple[str, str]]:
    match route:
        case WebSocketRoute():
            yield "WS", route.path
        case Route() | APIRoute():
            for method in sorted(route.methods or ()):
                if method != "HEAD" or "GET" not in (route.methods or ()):
                    yield method, route.path
        case _:
            yield "ANY", str(getattr(route, "path", route))


async def test_every_route_is_in_the_table_and_no_other(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        found = list(routes_of(make_app(served.device)))
    assert sorted(found) == sorted(expected()), f"say in {TABLE.name} who may use it"
    assert len(found) == len(set(found)), "one address, two routes"


ACCOUNTS: Final = {
    Role.VIEWER: ("frank", "v"),
    Role.OPERATOR: ("ellen", "o"),
    Role.ADMINISTRATOR: ("joe", "a"),
}


async def test_each_role_passes_the_gate_where_the_table_says_so(tmp_path: Path) -> None:
    table = {key: role for key, role in expected().items() if key[0] not in ("WS", "ANY")}
    async with serving(tmp_path) as served:
        await set_up(served)
        for role, (name, password) in ACCOUNTS.items():
            await add(served, name, password, role.name.lower())
        app = make_app(served.device)
        app.user_middleware.append(Middleware(Behind))  # the innermost
        behind = Served(served.device, httpx.ASGITransport(app))
        for asking in Role:
            auth = digest(*ACCOUNTS[asking]) if asking in ACCOUNTS else None
            async with visitor(behind, auth=auth) as http:
                for (method, path), needed in table.items():
                    reply = await http.request(method, re.sub(r"\{[^}]+\}", "1", path))
                    passes = reply.status_code == PASSED
                    assert passes == (asking >= needed), f"{asking.name} at {method} {path}"
