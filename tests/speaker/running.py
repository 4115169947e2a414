"""A speaker as a process, for tests of its contract with those who start it."""

import asyncio
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from conf.files.data_folder import local_token_of_running_device

LONGEST_START_S = 60.0
LONGEST_STOP_S = 3.0
"""Of a machine that has the time; what runs beside others is only not to hang."""
READY = (
    r"^ready sip=(?P<sip_host>\S+):(?P<sip>\d+) http=(?P<http_host>\S+):(?P<http>\d+)"
    r" tls=\S+:(?P<tls>\d+)(?: https=\S+:(?P<https>\d+))?"
)
"""The line that a speaker says when it can take calls."""

ANY_PORTS = ["--sip-port", "0", "--http-port", "0"]
FLAGS = [*ANY_PORTS, "--bind", "127.0.0.1"]
SILENT = ["--output", "null", "--input", "null"]


@dataclass
class Running:
    """A speaker that has said that it is ready."""

    process: Process
    ready_line: str
    data: Path

    @property
    def sip_port(self) -> int:
        return self._port("sip")

    @property
    def http_port(self) -> int:
        return self._port("http")

    @property
    def https_port(self) -> int:
        return self._port("https")

    def http(self, timeout_s: float = 30.0) -> httpx.AsyncClient:
        """A client of its HTTP side that may do everything, as programs on its machine may."""
        token = local_token_of_running_device(self.data)
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.http_port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout_s,
        )

    def _port(self, name: str) -> int:
        # What is switched off has none: `sip=off`.
        found = re.search(rf" {name}=\S+:(\d+)", self.ready_line)
        assert found, self.ready_line
        return int(found[1])

    def terminate(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Tell it to stop."""
        self.process.send_signal(number)

    async def complains(self, words: str) -> None:
        """Return when `words` stand in its log."""
        assert self.process.stderr is not None
        async with asyncio.timeout(LONGEST_START_S):
            while words not in (line := (await self.process.stderr.readline()).decode()):
                assert line, "it has ended"

    async def ended(self) -> int:
        """Its exit code."""
        return await asyncio.wait_for(self.process.wait(), LONGEST_START_S)


def free_port() -> int:
    """A port of loopback that is free for UDP and TCP."""
    while True:
        with (
            socket.create_server(("127.0.0.1", 0)) as stream,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        ):
            port = int(stream.getsockname()[1])
            with suppress(OSError):
                datagrams.bind(("127.0.0.1", port))
                return port


def run_command(data: Path, *arguments: str) -> list[str]:
    """`speaker run` with a data folder of its own."""
    return [sys.executable, "-m", "speaker.main", "run", "--data", str(data), *arguments]


async def start(data: Path, *arguments: str) -> Process:
    """Start a speaker; it may not get far."""
    return await asyncio.create_subprocess_exec(
        *run_command(data, *arguments), stdout=PIPE, stderr=PIPE
    )


@asynccontextmanager
async def running(data: Path, *arguments: str) -> AsyncIterator[Running]:
    """A ready speaker on loopback and free ports, without sound."""
    process = await start(data, *FLAGS, *SILENT, *arguments)
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), LONGEST_START_S)
        assert line, (await process.communicate())[1].decode()
        yield Running(process, line.decode().strip(), data)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def failed(data: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and standard error of a speaker that should not start."""
    process = await start(data, *arguments)
    try:
        _, told = await asyncio.wait_for(process.communicate(), LONGEST_START_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, told.decode()
