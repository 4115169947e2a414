"""Sound that came before the keys that open it.

The side that ends a handshake (RFC 5764) may talk at once: its first packets come together with its
last message of it, or before, on a network that changes their order or loses that message.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from media.security.dtls_door import Address

MOST_PACKETS: Final = 50
"""Of one source, the newest: a second of sound, as much as ever waits to be heard."""
MOST_SOURCES: Final = 3
"""At once. The description's own address always has a place."""
LONGEST_PACKET: Final = 1500
"""Octets; libsrtp opens no longer ones."""


class EarlyPackets:
    """The packets of those who may prove to be the peer, by source, until one has."""

    def __init__(self) -> None:
        self._of: dict[Address, deque[tuple[bytes, float]]] = {}

    def keep(self, packet: bytes, source: Address, arrived: float, *, stated: Address) -> bool:
        """Keep a packet that arrived at that monotonic second; False: there is no room for it.

        `stated` is where the description has the peer.
        """
        if len(packet) > LONGEST_PACKET:
            return False
        kept = self._of.get(source)
        if kept is None:
            others = len(self._of) - (stated in self._of)
            if source != stated and others >= MOST_SOURCES - 1:
                return False
            kept = self._of[source] = deque(maxlen=MOST_PACKETS)
        kept.append((packet, arrived))
        return True

    def take(self, source: Address) -> list[tuple[bytes, float]]:
        """What came from whoever was the peer, oldest first; all is forgotten."""
        taken = list(self._of.get(source, ()))
        self.forget()
        return taken

    def forget(self) -> None:
        """Let go of everything."""
        self._of.clear()
