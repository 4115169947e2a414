"""Every request shows who it is from before a route sees it."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from conf.accounts.role import Role
from speaker.http.app import make_app
from speaker.http.rights import needs, rights_of, unmarked
from tests.speaker.http.serving import serving


async def test_a_stranger_sees_whether_the_device_is_well_and_nothing_else(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.client() as http:
        assert (await http.get("/healthz")).status_code == 200
        assert (await http.get("/api/v1/state")).status_code == 401
        assert (await http.post("/api/v1/call", json={"uri": "sip:a@127.0.0.1"})).status_code == 401


async def test_a_program_of_the_same_machine_may_do_everything(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        assert (await http.get("/api/v1/state")).json()["device"]["name"] == "Intercom speaker"


@pytest.mark.parametrize("token", ["", "x", "\xe9" * 43])
async def test_a_wrong_token_is_none(tmp_path: Path, token: str) -> None:
    async with serving(tmp_path) as served, served.client() as http:
        headers = httpx.Headers({"Authorization": f"Bearer {token}"}, encoding="latin-1")
        assert (await http.get("/api/v1/state", headers=headers)).status_code == 401


async def test_each_route_says_who_may_use_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        app = make_app(served.device)
    assert unmarked(app.routes) == []


def test_a_route_that_says_nothing_is_for_administrators() -> None:
    app = FastAPI()

    @app.get("/forgotten")
    def forgotten() -> None: ...

    @app.get("/shown")
    @needs(Role.VIEWER)
    def shown() -> None: ...

    roles = {getattr(route, "path", ""): rights_of(route).role for route in app.routes}
    assert (roles["/forgotten"], roles["/shown"]) == (Role.ADMINISTRATOR, Role.VIEWER)
