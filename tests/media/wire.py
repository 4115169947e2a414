"""Two datagram paths that meet in memory."""

from __future__ import annotations

from collections.abc import Sequence

from nat.datagram_path import Datagram


class WirePath:
    """One end: what is sent here is received at the other end."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.sent: list[tuple[bytes, tuple[str, int]]] = []
        self.is_closed = False
        self._waiting: list[Datagram] = []

    @property
    def port(self) -> int:
        return self.address[1]

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        assert not self.is_closed
        self.sent.append((data, to))

    def receive(self) -> Sequence[Datagram]:
        waiting, self._waiting = self._waiting, []
        return waiting

    def close(self) -> None:
        self.is_closed = True

    def deliver(self, data: bytes, source: tuple[str, int], arrived: float) -> None:
        """Let a datagram come in."""
        self._waiting.append(Datagram(data, source, arrived))
