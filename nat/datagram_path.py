"""Datagram paths: what media sends its packets through and gets them from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

NOWHERE: Final = ("0.0.0.0", "::")  # noqa: S104  (nothing listens there)
"""Hosts that stand for none, as in the description of an old-style hold (RFC 3264 §8.4): nothing is
sent there, and nobody has moved there."""


class Datagram(NamedTuple):
    """One datagram as it came in.

    `source` is the IP literal (no brackets) and port it came from; `arrived` is in monotonic
    seconds, the time at which the system received it and not the time at which it was read.
    """

    data: bytes
    source: tuple[str, int]
    arrived: float


class Tap(Protocol):
    """Hears each datagram of a path that is sent or has arrived."""

    def __call__(
        self, data: bytes, local: tuple[str, int], remote: tuple[str, int], *, is_sent: bool
    ) -> None:
        """Take one, quickly. `local` may be any address of ours (`0.0.0.0`, `::`), or a group."""


class DatagramPath(Protocol):
    """A way for datagrams to and from peers that never blocks and never raises for their faults."""

    @property
    def port(self) -> int:
        """The local port that peers are told to send to."""

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        """Send one datagram to an IP literal and port; what cannot be sent is counted and lost."""

    def receive(self) -> Sequence[Datagram]:
        """All that is waiting, oldest first, up to a bound per call; empty when nothing is."""

    def close(self) -> None:
        """Give the port back. Closing twice is allowed; sending and receiving then do nothing."""
