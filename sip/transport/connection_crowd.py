"""Who may stand among the connections, and who has to go for it."""

from collections import Counter
from collections.abc import Iterator

from sip.transport.connection_limits import ConnectionLimits
from sip.transport.stream_connection import StreamConnection

FEW_SILENT = 8
"""Connections without a message that one address may have at once before they give way to others:
a proxy that starts anew may open several."""


class ConnectionCrowd:
    """All connections of the transport that stand, or that peers have begun.

    When there are too many, the one that is idle longest makes room for a new one, if it has been
    idle for long. Else those give way that have not carried any message, and have come from the
    address with the most of them: whoever opens connections only to hold them drives out his own.
    """

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._all: dict[StreamConnection, None] = {}  # the oldest first

    def __iter__(self) -> Iterator[StreamConnection]:
        return iter(tuple(self._all))

    def admit(self, connection: StreamConnection, opening: int) -> bool:
        """Take in one that a peer has begun, while `opening` of ours are on their way."""
        host = connection.remote.host
        if not self._within_share(host) or not self.make_room(opening):
            return False
        self.add(connection)
        return True

    def add(self, connection: StreamConnection) -> None:
        """Take in one that we opened, for which there was room."""
        self._all[connection] = None

    def forget(self, connection: StreamConnection) -> bool:
        """Leave one out; whether it was there."""
        if connection not in self._all:
            return False
        del self._all[connection]
        return True

    def make_room(self, opening: int) -> bool:
        """Whether one more may stand, if need be in place of another."""
        if len(self._all) + opening < self._limits.connections:
            return True
        victim = self._idlest(tuple(self._all)) or self._oldest_silent()
        if victim is None:
            return False
        self._send_away(victim)
        return True

    def _within_share(self, host: str) -> bool:
        theirs = [each for each in self._all if each.remote.host == host]
        if len(theirs) < self._limits.per_source:
            return True
        silent = (each for each in theirs if not each.used)
        victim = self._idlest(theirs) or next(silent, None)
        if victim is None:
            return False
        self._send_away(victim)
        return True

    def _idlest(
        self,
        among: tuple[StreamConnection, ...] | list[StreamConnection],
    ) -> StreamConnection | None:
        idlest = max(among, key=lambda each: each.idle_s, default=None)
        return idlest if idlest is not None and idlest.idle_s >= self._limits.spare_s else None

    def _oldest_silent(self) -> StreamConnection | None:
        silent = [each for each in self._all if not each.used]
        crowds = Counter(each.remote.host for each in silent).most_common(1)
        if not crowds or crowds[0][1] < FEW_SILENT:
            return None
        return next(each for each in silent if each.remote.host == crowds[0][0])

    def _send_away(self, victim: StreamConnection) -> None:
        self.forget(victim)
        if victim.used:
            victim.close()
        else:
            victim.abort("makes room for another")
