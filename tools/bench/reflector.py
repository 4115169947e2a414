"""What has no delay at all: every datagram goes back as it came. The bench must read 0 ms."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Self

from tools.bench.device import Address

if TYPE_CHECKING:
    from types import TracebackType


class Reflector:
    """Reflects from a thread of its own while the `with` block lasts."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.address = Address(*self._socket.getsockname())
        self._thread = threading.Thread(target=self._run, name="reflector")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # An empty datagram is the sign to stop: no RTP packet is empty.
        self._socket.sendto(b"", self.address)
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while True:
            data, source = self._socket.recvfrom(2048)
            if not data:
                return
            self._socket.sendto(data, source)
