"""The network under a running speaker changes: it registers anew, and its call goes on.

Two network namespaces with a cable between them: the test is in the one of the PBX.
"""

import asyncio
import contextlib
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from conf.files.data_folder import local_token_of_running_device
from sip.syntax.message import Request
from tests.interop.namespace import Namespace, why_impossible
from tests.interop.peers.phone import ROOT
from tests.interop.peers.program import Program
from tests.interop.record import Record
from tests.speaker.running import READY, SILENT, run_command
from tests.speaker.udp_pbx import Pbx, running_pbx

PBX = "192.0.2.5"
FIRST = "192.0.2.7"
SECOND = "192.0.2.8"
LIMIT_S = 1.0
PATIENCE_S = 10.0
CONFIG = """
[[sip.accounts]]
id = "pbx"
default = true
mode = "registered"
user_id = "100"
registrar = "{host}:{port}"
"""
CALL = """
import urllib.request as r
body = '{{"uri": "200"}}'.encode()
header = {{"Content-Type": "application/json", "Authorization": "Bearer {token}"}}
r.urlopen(r.Request("http://127.0.0.1:{port}/api/v1/call", data=body, headers=header), timeout=9)
"""


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=10)


@pytest.fixture
def near() -> Iterator[str]:
    """The namespace of the speaker, which is at FIRST; this thread is in that of the PBX."""
    if why := why_impossible():
        pytest.skip(why)
    name = f"speaker-{secrets.token_hex(3)}"
    with contextlib.ExitStack() as stack:
        ip("netns", "add", name)
        stack.callback(ip, "netns", "del", name)
        stack.enter_context(Namespace())
        ip("link", "add", "far", "type", "veth", "peer", "near", "netns", name)
        ip("addr", "add", f"{PBX}/24", "dev", "far")
        ip("link", "set", "far", "up")
        for device in ("lo", "near"):
            ip("-n", name, "link", "set", device, "up")
        ip("-n", name, "addr", "add", f"{FIRST}/24", "dev", "near")
        yield name


@contextlib.asynccontextmanager
async def speaker(near: str, folder: Path, pbx: Pbx) -> AsyncIterator[int]:
    """A speaker with an account at the PBX; its HTTP port."""
    config = folder / "settings.toml"
    config.write_text(CONFIG.format(host=PBX, port=pbx.port))
    command = run_command(folder / "data", "--sip-port", "0", "--http-port", "0", *SILENT)
    with Program(
        ["ip", "netns", "exec", near, *command, "--config", str(config)],
        folder=ROOT,
        hurries=False,
    ) as program:
        ready = await asyncio.to_thread(program.out.wait_for, READY, PATIENCE_S)
        yield int(ready["http"])


async def when(pbx: Pbx, holds: Callable[[Request], bool]) -> float:
    """When the PBX has a request for which `holds` is true (seconds of this machine's clock)."""
    await pbx.first(holds)
    return time.monotonic()


def registers_from(address: str) -> Callable[[Request], bool]:
    return lambda request: request.method == "REGISTER" and address in str(request.contacts[0].uri)


def moves_to(address: str) -> Callable[[Request], bool]:
    return lambda request: (
        request.method == "INVITE"
        and bool(request.to.tag)
        and f"c=IN IP4 {address}".encode() in request.body
        and address in str(request.contacts[0].uri)
    )


async def test_another_address_is_registered_and_told_to_the_peer_at_once(
    near: str, tmp_path: Path, record: Record
) -> None:
    async with running_pbx(Pbx(host=PBX)) as pbx, speaker(near, tmp_path, pbx) as http_port:
        await when(pbx, registers_from(FIRST))
        token = local_token_of_running_device(tmp_path / "data")
        order = CALL.format(port=http_port, token=token)
        call = ["ip", "netns", "exec", near, sys.executable, "-c", order]
        await asyncio.to_thread(subprocess.run, call, check=True, timeout=10)
        await when(pbx, lambda request: request.method == "ACK")
        ip("-n", near, "addr", "del", f"{FIRST}/24", "dev", "near")
        ip("-n", near, "addr", "add", f"{SECOND}/24", "dev", "near")
        changed = time.monotonic()
        registered = await when(pbx, registers_from(SECOND)) - changed
        moved = await when(pbx, moves_to(SECOND)) - changed
        record.seconds("from another address to the REGISTER", registered)
        record.seconds("from another address to the re-INVITE", moved)
        pbx.heard_from.clear()
        await asyncio.sleep(0.3)
    assert registered < LIMIT_S
    assert moved < LIMIT_S
    assert pbx.heard_from == {SECOND}
    assert not pbx.of_method("BYE"), "the call did not survive"
