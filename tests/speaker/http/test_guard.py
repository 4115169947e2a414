"""Who may speak HTTP to a device without user accounts."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from speaker.http.guard import LocalOnly


async def served(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("served")


async def ask(
    *,
    client: str = "127.0.0.1",
    host: str = "127.0.0.1:8080",
    method: str = "GET",
    content_type: str | None = None,
) -> int:
    """The status of a request from `client` that names `host`."""
    app = LocalOnly(Starlette(routes=[Route("/", served, methods=["GET", "POST"])]))
    transport = httpx.ASGITransport(app=app, client=(client, 40000))
    headers = {"Host": host} | ({"Content-Type": content_type} if content_type else {})
    async with httpx.AsyncClient(transport=transport, base_url="http://device") as http:
        return (await http.request(method, "/", headers=headers)).status_code


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
async def test_programs_on_this_machine_are_served(client: str) -> None:
    assert await ask(client=client) == 200


@pytest.mark.parametrize("client", ["192.168.1.5", "8.8.8.8", "fe80::1", "::ffff:10.0.0.1"])
async def test_other_machines_are_refused(client: str) -> None:
    assert await ask(client=client) == 403


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8080", 200),
        ("127.0.0.1", 200),
        ("[::1]:8080", 200),
        ("evil.example", 403),
        ("evil.example:8080", 403),
        ("192.168.1.5:8080", 403),
        ("127.0.0.1.evil.example", 403),
        ("", 403),
    ],
)
async def test_a_name_that_is_not_loopback_is_not_believed(host: str, status: int) -> None:
    """A web page whose name resolves to us (DNS rebinding) names itself in Host."""
    assert await ask(host=host) == status


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        (None, 415),
    ],
)
async def test_what_a_form_of_another_page_can_send_changes_nothing(
    content_type: str | None, status: int
) -> None:
    assert await ask(method="POST", content_type=content_type) == status
