"""The link watch against a real kernel, in network namespaces of its own."""

import asyncio
import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from nat.link_watch import NetlinkWatcher
from tests.interop.namespace import Namespace
from tests.interop.peers.phone import ROOT
from tests.interop.peers.program import Program

LIMIT_S = 0.1
NOTICED = r"^changed (\S+)\n"


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=10)


@pytest.fixture
def namespace() -> Iterator[str]:
    """A network namespace with a veth `near` (192.0.2.7/24), whose other end is another's."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    name = f"watch-{secrets.token_hex(3)}"
    with contextlib.ExitStack() as stack:
        for each in (name, f"{name}-far"):
            ip("netns", "add", each)
            stack.callback(ip, "netns", "del", each)
        ip("-n", name, "link", "add", "near", "type", "veth", "peer", "far", "netns", f"{name}-far")
        ip("-n", name, "addr", "add", "192.0.2.7/24", "dev", "near")
        ip("-n", name, "link", "set", "near", "up")
        ip("-n", f"{name}-far", "link", "set", "far", "up")
        yield name


@pytest.fixture
def witness(namespace: str) -> Iterator[Program]:
    command = ["ip", "netns", "exec", namespace, sys.executable, "-m", "tests.interop.link_witness"]
    program = Program(command, folder=ROOT)
    try:
        program.out.wait_for(r"^ready\n", 10.0)
        yield program
    finally:
        program.end()


def changes(witness: Program) -> list[float]:
    return [float(line.split()[1]) for line in witness.out.text.splitlines() if "changed" in line]


@pytest.mark.parametrize(
    "change",
    [
        ("addr", "add", "192.0.2.8/24", "dev", "near"),
        ("addr", "del", "192.0.2.7/24", "dev", "near"),
        ("link", "set", "near", "down"),
        ("route", "add", "default", "via", "192.0.2.1"),
        ("addr", "add", "2001:db8::7/64", "dev", "near", "nodad"),
    ],
    ids=["address added", "address lost", "switched off", "default route", "IPv6 address"],
)
def test_a_change_is_noticed_within_100_ms(
    namespace: str, witness: Program, change: tuple[str, ...]
) -> None:
    before = len(changes(witness))
    ip("-n", namespace, *change)
    at = time.clock_gettime(time.CLOCK_MONOTONIC)
    witness.out.wait_for(NOTICED, 2.0)
    assert changes(witness)[before] - at < LIMIT_S


def test_a_cable_pulled_at_the_other_end_is_noticed(namespace: str, witness: Program) -> None:
    """Linux itself gathers what carriers do for up to a second (net/core/link_watch.c)."""
    ip("-n", f"{namespace}-far", "link", "set", "far", "down")
    at = time.clock_gettime(time.CLOCK_MONOTONIC)
    witness.out.wait_for(NOTICED, 3.0)
    assert changes(witness)[0] - at < 1.0 + LIMIT_S


def test_what_changes_nothing_is_not_told(namespace: str, witness: Program) -> None:
    ip("-n", namespace, "addr", "replace", "192.0.2.7/24", "dev", "near")
    ip("-n", namespace, "link", "set", "near", "mtu", "1400")
    ip("-n", namespace, "addr", "add", "192.0.2.9/24", "dev", "near")
    witness.out.wait_for(NOTICED, 2.0)
    assert len(changes(witness)) == 1


async def test_a_change_before_the_loop_has_turned_is_news_too(needs_namespaces: None) -> None:
    """A device that starts has other things to do first."""
    noticed = asyncio.Event()
    with Namespace():
        watcher = NetlinkWatcher(asyncio.get_running_loop(), noticed.set)
        watcher.open()
        ip("address", "add", "192.0.2.8/32", "dev", "lo")
        async with asyncio.timeout(2.0):
            await noticed.wait()
        watcher.close()
