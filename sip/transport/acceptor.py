"""Takes in those who connect to a listening socket, as many at a time as have come."""

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import Final

from sip.transport.socket_address import SocketAddress, address_of

ACCEPTED_PER_TURN: Final = 256
"""How many are looked at before the loop's other work has its turn: a few milliseconds, when most
of them are turned away. uvloop's own servers take one a turn, so that the queue overflows."""

RECOVERY_S: Final = 1.0
"""How long to wait when the machine has no descriptors or no memory left."""

_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Acceptor:
    """Owns a non-blocking socket that listens.

    `admits(host)` says whether somebody may connect; who may not costs no more than that.
    """

    def __init__(
        self,
        listening: socket.socket,
        *,
        admits: Callable[[str], bool],
        make: Callable[[], asyncio.Protocol],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = listening
        self._admits = admits
        self._make = make
        self._tasks: set[asyncio.Task[object]] = set()
        self._recovery: asyncio.TimerHandle | None = None
        self._listen()

    def stop(self) -> None:
        """Accept nobody any more, and give the port back; more calls do nothing."""
        if self._recovery is not None:
            self._recovery.cancel()
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    async def close(self) -> None:
        """Accept nobody any more, and wait for those who have just been."""
        self.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _listen(self) -> None:
        self._recovery = None
        self._loop.add_reader(self._socket.fileno(), self._on_readable)

    def _on_readable(self) -> None:
        for _ in range(ACCEPTED_PER_TURN):
            try:
                accepted, name = self._socket.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    self._loop.remove_reader(self._socket.fileno())
                    self._recovery = self._loop.call_later(RECOVERY_S, self._listen)
                    return
                continue  # that one has gone already
            self._take(accepted, name)

    def _take(self, accepted: socket.socket, name: SocketAddress) -> None:
        if not self._admits(address_of(name).host):
            accepted.close()
            return
        accepted.setblocking(False)
        task = self._loop.create_task(self._connect(accepted))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, accepted: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make, accepted)
        except OSError:  # it has gone before we came to it
            accepted.close()
