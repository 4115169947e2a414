"""Addresses that name a role lead to the same CGI, with the same rights."""

from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from speaker.vapix.aliases import Aliases, unaliased
from tests.speaker.http.serving import serving


@pytest.mark.parametrize("role", ["admin", "operator", "view", "viewer"])
def test_the_role_in_an_address_says_nothing(role: str) -> None:
    assert unaliased(f"/axis-cgi/{role}/param.cgi") == "/axis-cgi/param.cgi"
    assert unaliased(f"/axis-cgi/{role}/io/port.cgi") == "/axis-cgi/io/port.cgi"


@pytest.mark.parametrize(
    "path",
    ["/axis-cgi/param.cgi", "/axis-cgi/admin/", "/axis-cgi/viewarea/info.cgi", "/api/admin/x", ""],
)
def test_other_addresses_stay(path: str) -> None:
    assert unaliased(path) == path


def test_one_role_is_enough() -> None:
    assert unaliased("/axis-cgi/admin/view/x.cgi") == "/axis-cgi/view/x.cgi"


async def test_what_came_on_the_wire_stays_known() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None: ...

    came: Scope = {"type": "http", "path": "/axis-cgi/admin/a.cgi", "raw_path": b"/as-it-came"}
    await Aliases(app)(came, receive, send)
    assert (seen[0]["path"], seen[0]["raw_path"]) == ("/axis-cgi/a.cgi", b"/as-it-came")
    assert came["path"] == "/axis-cgi/admin/a.cgi"


async def test_an_alias_that_leads_nowhere_is_404_and_no_secret(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.client() as http:
        assert (await http.get("/axis-cgi/admin/none.cgi")).status_code == 404
