"""Connections that fail, told to the log in words, and no more often than a person can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from sip.flow import Flow

log = structlog.get_logger(__name__)

LINES_PER_MINUTE: Final = 10
"""About those who connect to us, or whom strangers make us connect to: they can fail at that as
often as they like. What an account's own TLS comes to is always told."""


class ConnectionTrouble:
    """Takes what the transport tells of connections. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._minute_ends = 0.0
        self._told = 0
        self._untold = 0

    def take(self, flow: Flow, why: str) -> None:
        """Log it; `why` is the end of a sentence about the other side."""
        host = f"[{flow.remote.host}]" if ":" in flow.remote.host else flow.remote.host
        peer, transport = f"{host}:{flow.remote.port}", flow.transport.value
        if flow.tls is not None and flow.tls.profile:
            account = flow.tls.profile
            log.warning(f"{flow.tls.domain} {why}", at=peer, account=account, transport=transport)
        elif self._may_tell():
            log.warning(f"{peer} {why}", transport=transport, untold_before=self._untold)
            self._untold = 0

    def _may_tell(self) -> bool:
        now = self._clock()
        if now >= self._minute_ends:
            self._minute_ends, self._told = now + 60, 0
        self._told += 1
        if self._told > LINES_PER_MINUTE:
            self._untold += 1
            return False
        return True
