"""What systemd is told of the device (sd_notify(3))."""

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from speaker.events import Bus
from speaker.service_manager import Heartbeat, ServiceManager, StatusLine
from tests.speaker.running import running

LIMIT_S = 20.0


@contextmanager
def systemd(address: str) -> Iterator[socket.socket]:
    """A socket that hears what is told to this address."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hears:
        hears.bind(address.replace("@", "\0", 1))
        hears.setblocking(False)
        yield hears


def heard(hears: socket.socket) -> list[str]:
    """What was told since the last time."""
    messages = []
    while True:
        try:
            messages.append(hears.recv(4096).decode())
        except BlockingIOError:
            return messages


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@{secrets.token_hex(8)}"


def test_messages_go_to_a_path_or_an_abstract_name(address: str) -> None:
    with systemd(address) as hears:
        manager = ServiceManager.of({"NOTIFY_SOCKET": address})
        manager.ready()
        manager.status("2 calls")
        assert heard(hears) == ["READY=1", "STATUS=2 calls"]


def test_nobody_is_told_where_nobody_asks() -> None:
    manager = ServiceManager.of({})
    manager.ready()
    assert manager.watchdog_s is None


def test_a_socket_that_is_gone_is_no_obstacle(tmp_path: Path) -> None:
    ServiceManager.of({"NOTIFY_SOCKET": str(tmp_path / "gone")}).alive()


@pytest.mark.parametrize(
    ("environment", "watchdog_s"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_a_watchdog_is_one_that_is_meant_for_this_process(
    environment: dict[str, str], watchdog_s: float | None
) -> None:
    assert ServiceManager.of(environment).watchdog_s == watchdog_s


async def test_signs_of_life_end_when_the_sound_engine_hangs(address: str) -> None:
    with systemd(address) as hears:
        ticks = iter([100, 200, 200, 200, 300])
        loop = asyncio.get_running_loop()
        heart = Heartbeat(ServiceManager(address), loop, lambda: next(ticks))
        told = []
        for _ in range(5):
            heart.beat()
            told.append(len(heard(hears)))
        assert told == [1, 1, 0, 0, 1]


def test_the_status_line_counts_calls_and_registrations(address: str) -> None:
    with systemd(address) as hears:
        bus, calls = Bus(), [0]
        line = StatusLine(ServiceManager(address), bus, lambda: calls[0])
        bus.set("sip.registration", "unregistered", of="peer")
        bus.set("sip.registration", "registered", of="100")
        bus.set("sip.registration", "waiting", of="101")
        calls[0] = 1
        bus.set("call.state", "talking")
        bus.forget("sip.registration", of="101")
        line.stop()
        bus.set("call.state", "idle")
        assert heard(hears) == [
            "STATUS=0 calls",
            "STATUS=0 calls, 1 of 1 registered",
            "STATUS=0 calls, 1 of 2 registered",
            "STATUS=1 call, 1 of 2 registered",
            "STATUS=1 call, 1 of 1 registered",
        ]


async def until_told(hears: socket.socket, wanted: str) -> list[str]:
    """Everything that is told until a message that begins so."""
    told: list[str] = []
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(LIMIT_S):
        while not any(message.startswith(wanted) for message in told):
            told.append((await loop.sock_recv(hears, 4096)).decode())
    return told


async def test_a_device_tells_that_it_is_ready_alive_begins_anew_and_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "300000")
    with systemd(address) as hears:
        async with running(tmp_path / "data") as speaker:
            assert "READY=1" in await until_told(hears, "READY=1")
            await until_told(hears, "WATCHDOG=1")
            await until_told(hears, "WATCHDOG=1")
            speaker.terminate(signal.SIGHUP)
            (reloading,) = [
                message
                for message in await until_told(hears, "READY=1")
                if message.startswith("RELOADING=1")
            ]
            assert "MONOTONIC_USEC=" in reloading
            speaker.terminate()
            await until_told(hears, "STOPPING=1")
            assert await speaker.ended() == 0
