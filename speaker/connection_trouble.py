"""Connections that fail, told to the log in words, and no more often than a person can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from sip.flow import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sip.flow import Flow

log = structlog.get_logger(__name__)

STRANGERS_PER_MINUTE: Final = 10
"""Lines about those who connect to us: anybody can fail at that as often as he likes."""


MAXIMUM_HOSTS: Final = 64
"""Hosts whose latest trouble is remembered, for whoever asks why a call fails."""

LATELY_S: Final = 900.0


class ConnectionTrouble:
    """Takes what the transport tells of connections. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._minute_ends = 0.0
        self._told = 0
        self._untold = 0
        self._latest: dict[str, tuple[float, str]] = {}

    def take(self, flow: Flow, why: str) -> None:
        """Log it; `why` is the end of a sentence about the other side."""
        host = f"[{flow.remote.host}]" if ":" in flow.remote.host else flow.remote.host
        peer = f"{host}:{flow.remote.port}"
        self._remember(flow.remote.host, f"{peer} {why}")
        if flow.transport is not Transport.TLS:
            log.warning(f"{peer} {why}", transport=flow.transport.value)
        elif flow.tls is not None:
            domain, account = flow.tls.domain, flow.tls.profile
            log.warning(f"{domain} {why}", at=peer, account=account, transport="TLS")
        elif self._may_tell():
            log.warning(f"{peer} {why}", transport="TLS", untold=self._untold)
            self._untold = 0

    def latest(self, hosts: Iterable[str]) -> str:
        """The trouble of one of these hosts in the last minutes, as a sentence; empty: none."""
        now = self._clock()
        known = (self._latest[host] for host in hosts if host in self._latest)
        return max(((at, why) for at, why in known if now - at < LATELY_S), default=(0, ""))[1]

    def _remember(self, host: str, sentence: str) -> None:
        self._latest.pop(host, None)
        self._latest[host] = (self._clock(), sentence)
        if len(self._latest) > MAXIMUM_HOSTS:
            del self._latest[next(iter(self._latest))]

    def _may_tell(self) -> bool:
        now = self._clock()
        if now >= self._minute_ends:
            self._minute_ends, self._told = now + 60, 0
        self._told += 1
        if self._told > STRANGERS_PER_MINUTE:
            self._untold += 1
            return False
        return True
