"""A real device in this process, without sound cards, and clients of its HTTP side in memory."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from conf.files.data_folder import DataFolder
from conf.store.settings_store import SettingsStore
from conf.tables.assignment import Assignment
from conf.tables.layers import default_tables, lay_over
from conf.tables.plain import leaves, nested, value_at
from speaker.device import Device, Surroundings
from speaker.http.app import make_app

HOST = "speaker.test"
CLIENT = "192.0.2.77"
QUIET = (
    "sip.port=0",
    "sip.tls_port=0",
    "sip.rtp_start_port=0",
    "http.port=0",
    "http.https_port=0",
)


@dataclass
class Served:
    """A device that has started, and its application."""

    device: Device
    app: httpx.ASGITransport

    def client(
        self, *, token: str | None = None, auth: httpx.Auth | None = None
    ) -> httpx.AsyncClient:
        """Somebody who has not shown who they are, unless by `token` or `auth`."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(
            transport=self.app, base_url=f"http://{HOST}", headers=headers, auth=auth
        )

    def local(self) -> httpx.AsyncClient:
        """A program on the device's machine: it may do everything."""
        return self.client(token=self.device.local_token)


@asynccontextmanager
async def serving(
    folder: Path,
    *settings: str,
    fixed: Iterable[str] = (),
    output: str = "null",
    serves_http: bool = False,
) -> AsyncIterator[Served]:
    """A device with these settings (`KEY=VALUE`) in its store, on loopback and free ports.

    Those that are `fixed` cannot be changed. Without `serves_http` it is asked in memory only.
    """
    with (
        DataFolder.open(folder) as data,
        SettingsStore.open(data.path, assignments=fixed) as store,
    ):
        store.change(changed((*QUIET, *settings)), by="test")
        surroundings = Surroundings(
            bind="127.0.0.1", serves_http=serves_http, output=output, input="null"
        )
        device = Device(store, data, surroundings)
        try:
            await device.start()
            transport = httpx.ASGITransport(make_app(device), client=(CLIENT, 40000))
            yield Served(device, transport)
        finally:
            await device.stop()
            await asyncio.sleep(0)


def changed(assignments: Iterable[str]) -> dict[str, Any]:
    """The change that gives settings other values than the defaults: `KEY=VALUE`."""
    tables = default_tables()
    for text in assignments:
        Assignment.parse(text).put_into(tables)
    change: dict[str, Any] = {}
    for place, value in leaves(tables):
        if value_at(default_tables(), place) != value:
            lay_over(change, nested(tuple(map(str, place)), value))
    return change
