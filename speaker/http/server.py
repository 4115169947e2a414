"""Serves the HTTP side on the main loop, on sockets bound before anything is promised."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import uvicorn

from speaker.http.connection import KEEP_ALIVE_S, LONGEST_HEAD, Connection
from speaker.http.crowd import MOST_CONNECTIONS, Crowd
from speaker.http.tls_listener import TlsListener
from speaker.open_files import most_connections_of_a_door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI

    from speaker.http.tls_context import RenewedContext


HANDSHAKE_S: Final = 10.0
"""How long a client may take for the handshake of TLS."""

HANDSHAKES: Final = 0.25
HANDSHAKES_OF_ONE: Final = 0.0625
"""The shares of a door's connections that those may be who have not shaken hands: all, and those of
one address. The rest is for who has; with 2048 connections it is 512 and 128."""

DATE_EVERY_S: Final = 1.0
"""How often the `Date` of answers is made."""

LONGEST_MESSAGE: Final = 64 * 1024
"""Octets of a message that a WebSocket's client sends."""


class HttpServer:
    """uvicorn as a part of the device: its sockets, its task, its end."""

    def __init__(
        self,
        app: FastAPI,
        sockets: list[socket.socket],
        tls: RenewedContext | None = None,
        handshake_s: float = HANDSHAKE_S,
    ) -> None:
        """Serve `app` on listening `sockets`, by HTTPS where there is `tls`."""
        self.sockets = sockets
        crowd = Crowd(_most_connections)
        # uvicorn wants a class, and only calls it.
        connect = cast("type[Connection]", partial(Connection, crowd=crowd))
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # Whoever comes by loopback could else say that they come from anywhere.
            proxy_headers=False,
            ws="websockets-sansio",
            ws_max_size=LONGEST_MESSAGE,
            ws_max_queue=4,
            ws_per_message_deflate=False,  # a thousand compressors are 300 MB
            http=connect,
            h11_max_incomplete_event_size=LONGEST_HEAD,
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        # Each stranger who sends nonsense would be a line in the log.
        complaints = logging.getLogger("uvicorn.error")
        complaints.setLevel(logging.ERROR)
        complaints.addFilter(_refused_handshake)
        complaints.addFilter(_is_a_fault)
        config.load()
        config.ssl = None if tls is None else tls.context
        self._server = _Server(config, handshake_s)
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The TCP port in use."""
        return int(self.sockets[0].getsockname()[1])

    def start(self) -> None:
        """Serve from now on."""
        self._task = asyncio.create_task(self._server.serve(sockets=self.sockets))

    async def stop(self) -> None:
        """Let running requests finish for a moment, then close."""
        if self._task is not None:
            self._server.end()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._task, timeout=1.0)
        self.close()

    def close(self) -> None:
        """Give up the sockets."""
        for each in self.sockets:
            each.close()


def _most_connections() -> int:
    return min(MOST_CONNECTIONS, most_connections_of_a_door())


def _refused_handshake(record: logging.LogRecord) -> bool:
    """Drop a complaint of uvicorn about each WebSocket that was refused with a status of ours."""
    return "without completing handshake" not in record.getMessage()


def _is_a_fault(record: logging.LogRecord) -> bool:
    """Drop the traceback of each request that the end of the device cut off."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class _Server(uvicorn.Server):
    """uvicorn leaves the process's signals to the device, and waits less for a handshake."""

    def __init__(self, config: uvicorn.Config, handshake_s: float) -> None:
        super().__init__(config)
        self._handshake_s = handshake_s
        self._ends = asyncio.Event()
        self._handshakes = Crowd(
            lambda: max(1, int(_most_connections() * HANDSHAKES)),
            lambda: max(1, int(_most_connections() * HANDSHAKES_OF_ONE)),
        )
        self.servers = []

    def end(self) -> None:
        """Take nobody in any more."""
        self.should_exit = True
        self._ends.set()

    async def main_loop(self) -> None:
        """Serve until the end. uvicorn's own looks ten times a second whether that has come."""
        while not await self.on_tick(0):  # makes the `Date` of answers anew
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DATE_EVERY_S):
                    await self._ends.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen. uvicorn's own would let strangers be silent for a minute."""
        await self.lifespan.startup()
        protocol = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        connect = partial(
            protocol,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        tls = self.config.ssl
        for each in sockets or ():
            if tls is None:
                listening = await asyncio.get_running_loop().create_server(
                    connect, sock=each, backlog=self.config.backlog
                )
                self.servers.append(listening)
            else:
                each.listen(self.config.backlog)
                listener = TlsListener(each, connect, tls, self._handshake_s, self._handshakes)
                # uvicorn only closes it, and waits for that.
                self.servers.append(cast("asyncio.Server", listener))
        self.started = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind_http(bind: str | None, port: int) -> list[socket.socket]:
    """Listening sockets: on `bind`, else on every IPv4 and IPv6 address; port 0: any free one.

    Raises:
        OSError: the port is taken or the address is not ours.
    """
    if bind is not None:
        return [_listen(socket.AF_INET6 if ":" in bind else socket.AF_INET, bind, port)]
    first = _listen(socket.AF_INET, "0.0.0.0", port)  # noqa: S104 - every address unless --bind says else
    try:
        return [first, _listen(socket.AF_INET6, "::", first.getsockname()[1])]
    except OSError:
        if socket.has_ipv6 and _ipv6_works():
            first.close()
            raise
        return [first]


def _listen(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(64)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _ipv6_works() -> bool:
    try:
        _listen(socket.AF_INET6, "::1", 0).close()
    except OSError:
        return False
    return True
