"""Who may call which method of an address that has several, tried with an account of each role."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx

from conf.accounts.role import Role
from speaker.device import Device
from speaker.vapix.call_service.commands import CallService
from speaker.vapix.json_apis import json_apis
from tests.speaker.http.serving import serving
from tests.speaker.http.visitors import add, digest, set_up, visitor

TABLE: Final = Path(__file__).with_name("method_roles.txt")
CALL: Final = "/vapix/call"
ACCOUNTS: Final = {
    Role.ANYBODY: None,
    Role.VIEWER: digest("frank", "v"),
    Role.OPERATOR: digest("ellen", "o"),
    Role.ADMINISTRATOR: digest("joe", "a"),
}


def expected() -> dict[tuple[str, str], Role]:
    lines = TABLE.read_text(encoding="ascii").splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    return {(address, method): Role[role.upper()] for address, method, role in rows}


def declared(device: Device) -> Iterator[tuple[tuple[str, str], Role]]:
    for api in json_apis(device):
        for name, method in api.methods.items():
            yield (api.path, name), method.role
    for name, action in CallService(device).actions.items():
        yield (CALL, name), action.role


async def test_every_method_is_in_the_table_and_no_other(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        assert dict(declared(served.device)) == expected(), f"say in {TABLE.name} who may"


async def test_a_method_is_refused_to_roles_below_its_own(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await set_up(served)
        for name, password, role in (("frank", "v", Role.VIEWER), ("ellen", "o", Role.OPERATOR)):
            await add(served, name, password, role.name.lower())
        for role, auth in ACCOUNTS.items():
            async with visitor(served, auth=auth) as http:
                for (address, method), needed in expected().items():
                    if role < needed:
                        status = await _asked(http, address, method)
                        assert status == (401 if role is Role.ANYBODY else 403), (address, method)


async def _asked(http: httpx.AsyncClient, address: str, method: str) -> int:
    body: dict[str, object] = {"apiVersion": "1.0", "method": method}
    if address == CALL:
        body = {f"axcall:{method}": {}}
    return (await http.post(address, json=body)).status_code
