"""Listens for HTTPS: clients that have not shaken hands are bounded in time and in number.

asyncio's own server tells nobody of a connection before its handshake is done; by then a stranger
may hold as many files open as calls and requests would need.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from functools import partial
from typing import TYPE_CHECKING, Final

from speaker.http.source import source_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine

    from speaker.http.crowd import Crowd

SHORTAGES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Why nobody can be let in for the moment."""
SHORTAGE_LASTS_S: Final = 0.5


class Handshake:
    """A client that has connected, and does not speak TLS yet."""

    is_idle = True
    is_unanswered = False

    def __init__(self, source: str, shaking: Coroutine[None, None, None]) -> None:
        self.source = source
        self.task = asyncio.create_task(shaking)
        """Cancelled: the client is left."""


class TlsListener:
    """One listening socket: `connect` makes the protocol of each client that has shaken hands.

    `crowd` are the handshakes that go on, of this socket and others; an old one makes room.
    """

    def __init__(
        self,
        listener: socket.socket,
        connect: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext,
        handshake_s: float,
        crowd: Crowd,
    ) -> None:
        self._listener = listener
        self._connect = connect
        self._context = context
        self._handshake_s = handshake_s
        self._crowd = crowd
        self._handshakes: set[Handshake] = set()
        self._accepting = asyncio.create_task(self._accept())

    def close(self) -> None:
        """Let nobody in any more; who has shaken hands stays."""
        self._accepting.cancel()
        for each in self._handshakes:
            each.task.cancel()

    async def wait_closed(self) -> None:
        """Wait until nothing is left of those who had not shaken hands."""
        tasks = [each.task for each in self._handshakes]
        await asyncio.gather(self._accepting, *tasks, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while self._listener.fileno() >= 0:
            try:
                client, address = await loop.sock_accept(self._listener)
            except OSError as error:  # else the client has left already
                if error.errno in SHORTAGES:
                    await asyncio.sleep(SHORTAGE_LASTS_S)
                continue
            handshake = Handshake(source_of(address[0]), self._shake_hands(client))
            self._handshakes.add(handshake)
            handshake.task.add_done_callback(partial(self._ended, handshake, client))
            leaving = self._crowd.join(handshake)
            if isinstance(leaving, Handshake):
                self._crowd.leave(leaving)  # now, or the next one would find it again
                leaving.task.cancel()
            await asyncio.sleep(0)  # where many wait, to accept is never to wait

    async def _shake_hands(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):  # it has left, or speaks no TLS
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().connect_accepted_socket(
                self._connect,
                client,
                ssl=self._context,
                ssl_handshake_timeout=self._handshake_s,
            )

    def _ended(self, handshake: Handshake, client: socket.socket, task: asyncio.Task[None]) -> None:
        self._crowd.leave(handshake)
        self._handshakes.discard(handshake)
        if task.cancelled():  # perhaps before it began
            client.close()
