"""Which servers have said, or shown, that they should be left alone for a while."""

from typing import Final

from sip.flow import Address, Transport

SILENT_S: Final = 30.0
"""How long a server that did not answer is asked after all others: as long as one of these tries
costs."""

LONGEST_S: Final = 3600.0
"""The longest Retry-After that is honoured: a server that wants more is asked once an hour."""

MAXIMUM_REMEMBERED: Final = 256

Server = tuple[Transport, Address]


class TargetHealth:
    """Remembers servers that refused (503 with Retry-After) or kept silent, a bounded number."""

    def __init__(self) -> None:
        self._shunned: dict[Server, float] = {}
        self._silent: dict[Server, float] = {}

    def refused(self, server: Server, retry_after_s: float, now: float) -> None:
        """It wants no requests for so long (RFC 3261 §21.5.4)."""
        _remember(self._shunned, server, now + min(retry_after_s, LONGEST_S), now)

    def silent(self, server: Server, now: float) -> None:
        """It could not be reached, or did not answer."""
        _remember(self._silent, server, now + SILENT_S, now)

    def answered(self, server: Server) -> None:
        """It lives."""
        self._silent.pop(server, None)

    def forget(self) -> None:
        """The network has changed: what was silent there may answer here."""
        self._silent.clear()

    def shunned_until(self, server: Server, now: float) -> float | None:
        """When it may be asked again; None: now."""
        until = self._shunned.get(server, now)
        return until if until > now else None

    def doubtful(self, server: Server, now: float) -> bool:
        """Whether others should be asked first."""
        return self._silent.get(server, now) > now


def _remember(table: dict[Server, float], server: Server, until: float, now: float) -> None:
    for old in [known for known, end in table.items() if end <= now]:
        del table[old]
    table.pop(server, None)
    if len(table) >= MAXIMUM_REMEMBERED:
        del table[next(iter(table))]
    table[server] = until
