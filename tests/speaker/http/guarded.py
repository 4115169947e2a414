"""The gate before an application of a few routes, with time as it is told; no device."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Request, WebSocket
from fastapi.responses import PlainTextResponse

from conf.accounts.machine_tokens import MachineTokens
from conf.accounts.role import Role
from conf.accounts.user_accounts import UserAccounts
from conf.sections.http import HttpSettings
from conf.store.audit import AuditLog
from conf.store.database import Database
from conf.store.secret_box import SecretBox
from speaker.events import Bus, Event, Happening
from speaker.http.gate import Gate
from speaker.http.identity import Identity, who_asks
from speaker.http.logins import Logins
from speaker.http.rights import NotAllowed, body_limit, needs, streams

Who = Annotated[Identity, Depends(who_asks)]
LOCAL_TOKEN = "of this machine"
PASSWORD = "correct horse"


class Guarded:
    """Accounts, what proves that somebody has one, and what they are let to."""

    def __init__(self, database: Database) -> None:
        self.now = 0.0
        self.settings = HttpSettings()
        box = SecretBox.open(database.file.parent / "settings.key")
        audit = AuditLog(database)
        self.accounts = UserAccounts(database, box, audit, lambda: "AXIS_1")
        self.tokens = MachineTokens(database, audit)
        self.happened: list[Happening] = []
        bus = Bus()
        bus.listen(self._heard)
        self.logins = Logins(
            self.accounts,
            self.tokens,
            local_token=LOCAL_TOKEN,
            serial=lambda: "1",
            settings=lambda: self.settings,
            bus=bus,
            now=lambda: self.now,
            wall=lambda: self.now,
        )
        self.app = _routes()
        self.app.add_middleware(Gate, logins=self.logins)
        self.accounts.add_first("admin", PASSWORD, address="")

    def _heard(self, event: Event) -> None:
        if isinstance(event, Happening):
            self.happened.append(event)

    def client(
        self, address: str = "192.0.2.77", scheme: str = "http", auth: httpx.Auth | None = None
    ) -> httpx.AsyncClient:
        """Somebody at an address."""
        transport = httpx.ASGITransport(self.app, client=(address, 40000))
        return httpx.AsyncClient(transport=transport, base_url=f"{scheme}://192.0.2.1", auth=auth)


@contextmanager
def guarded(folder: Path) -> Iterator[Guarded]:
    """A gate whose administrator is `admin`."""
    database = Database.open(folder / "settings.db")
    try:
        yield Guarded(database)
    finally:
        database.close()


def _routes() -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.get("/open")
    @needs(Role.ANYBODY)
    async def everybodys(who: Who) -> dict[str, str]:
        return {"name": who.name, "proof": who.proof.value}

    @app.post("/depends")
    @needs(Role.ANYBODY)
    async def as_the_body_says(request: Request, who: Who) -> dict[str, str]:
        if await request.body() == b"secret" and who.role < Role.OPERATOR:
            raise NotAllowed
        return {"name": who.name}

    @app.get("/view")
    @needs(Role.VIEWER)
    async def viewers(who: Who) -> dict[str, str]:
        return {"name": who.name, "proof": who.proof.value}

    @app.post("/view")
    @needs(Role.VIEWER)
    async def posted(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    @app.post("/short")
    @needs(Role.VIEWER)
    @body_limit(10)
    async def short(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    @app.post("/stream")
    @needs(Role.VIEWER)
    @streams()
    async def endless(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(sum([len(piece) async for piece in request.stream()])))

    @app.get("/administer")
    @needs(Role.ADMINISTRATOR)
    async def administrators(who: Who) -> dict[str, str]:
        return {"name": who.name}

    @app.websocket("/events")
    @needs(Role.VIEWER)
    async def events(websocket: WebSocket) -> None:
        await websocket.send({"type": "websocket.accept"})

    return app


async def pieces(*sizes: int) -> AsyncIterator[bytes]:
    """A body whose length is not announced."""
    for size in sizes:
        yield bytes(size)


def scope(
    method: str,
    path: str,
    *,
    client: str = "192.0.2.77",
    scheme: str = "http",
    can_refuse: bool = False,
    **headers: str,
) -> dict[str, Any]:
    """A request, or without a method a handshake."""
    fields = {"host": "192.0.2.1"} | headers
    made: dict[str, Any] = {
        "type": "http" if method else "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()
        ],
        "client": (client, 40000),
        "scheme": scheme,
        "extensions": {"websocket.http.response": {}} if can_refuse else {},
        "root_path": "",
    }
    return made | ({"method": method} if method else {})


async def handled(device: Guarded, scope: dict[str, Any]) -> list[dict[str, Any]]:
    """What is sent in answer, while nothing more is received."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(dict(message))

    await device.app(scope, never, send)
    return sent


async def never() -> Any:
    await asyncio.Event().wait()
