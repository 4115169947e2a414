"""Clients of a device in this process: who they are, and where they come from."""

import httpx

from tests.speaker.http.serving import CLIENT, Served

DEVICE = "192.0.2.1"
ADMINISTRATOR = ("admin", "correct horse")


def visitor(
    served: Served,
    *,
    auth: httpx.Auth | tuple[str, str] | None = None,
    url: str = f"http://{DEVICE}",
    address: str = CLIENT,
) -> httpx.AsyncClient:
    """A client at `address` that knows the device as `url`."""
    transport = httpx.ASGITransport(served.app.app, client=(address, 40000))
    return httpx.AsyncClient(transport=transport, base_url=url, auth=auth)


def digest(name: str, password: str) -> httpx.DigestAuth:
    """Somebody who logs in by HTTP Digest."""
    return httpx.DigestAuth(name, password)


async def set_up(served: Served) -> None:
    """Make the first administrator."""
    name, password = ADMINISTRATOR
    async with visitor(served) as http:
        answer = await http.post("/api/v1/setup", json={"name": name, "password": password})
        assert answer.status_code == 201, answer.text


async def add(served: Served, name: str, password: str, role: str) -> None:
    """Add an account."""
    async with served.local() as http:
        body = {"name": name, "password": password, "role": role}
        answer = await http.post("/api/v1/accounts", json=body)
        assert answer.status_code == 201, answer.text
