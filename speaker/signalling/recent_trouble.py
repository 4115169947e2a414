"""The latest trouble with connections, for whoever asks why a call or a registration fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sip.flow import Flow

MAXIMUM_HOSTS: Final = 64
"""Hosts whose latest trouble is remembered; those with the oldest give way."""

LATELY_S: Final = 900.0
"""Older trouble explains nothing any more: servers are tried again every few minutes."""


class RecentTrouble:
    """Remembers what the transport told of each host. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._latest: dict[str, tuple[float, str]] = {}

    def take(self, flow: Flow, why: str) -> None:
        """Note it; `why` is the end of a sentence about the other side."""
        host, port = flow.remote
        shown = f"[{host}]" if ":" in host else host
        self._latest.pop(host, None)
        self._latest[host] = (self._clock(), f"{shown}:{port} {why}")
        if len(self._latest) > MAXIMUM_HOSTS:
            del self._latest[next(iter(self._latest))]

    def latest(self, hosts: Iterable[str]) -> str:
        """The trouble with one of these hosts lately, as a sentence; empty: none is known."""
        now = self._clock()
        known = [self._latest[host] for host in hosts if host in self._latest]
        return max(((at, why) for at, why in known if now - at < LATELY_S), default=(0.0, ""))[1]
