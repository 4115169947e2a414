"""Which source a stream listens to and sends to (symmetric RTP, RFC 4961)."""

from __future__ import annotations

from typing import Final

SILENT_AFTER_S: Final = 1.0
"""When the latched source has sent nothing for so long, another one may take its place."""


class PeerLatch:
    """The peer's address: first the stated one, then the one that its packets come from.

    The first source heard is kept to. Another one is let in only when the latched one has been
    silent for a while, when a new description states another address, or when it is the very
    address that the description states: then the latched one was an impostor or a relay's remains.
    """

    def __init__(self, stated: tuple[str, int]) -> None:
        self._stated = stated
        self._latched: tuple[str, int] | None = None
        self._heard_at = 0.0

    @property
    def destination(self) -> tuple[str, int]:
        """Where to send to."""
        return self._latched or self._stated

    @property
    def host(self) -> str:
        """The host of `destination`."""
        return self.destination[0]

    def state(self, stated: tuple[str, int]) -> None:
        """A new description came; another address in it ends the latch."""
        if stated != self._stated:
            self._stated = stated
            self._latched = None

    def admits(self, source: tuple[str, int], arrived: float) -> bool:
        """Whether packets from `source` count, arriving at monotonic second `arrived`."""
        return (
            source == self._latched
            or self._latched is None
            or source == self._stated
            or arrived - self._heard_at >= SILENT_AFTER_S
        )

    def heard(self, source: tuple[str, int], arrived: float) -> None:
        """A good packet of an admitted source came: keep to it."""
        self._latched = source
        self._heard_at = arrived
