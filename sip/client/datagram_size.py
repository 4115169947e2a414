"""Requests that are too long for a datagram (RFC 3261 §18.1.1)."""

from typing import Final

from sip.flow import Address

ASSUMED_MTU: Final = 1500
"""Path MTU in bytes where nobody has told another: that of Ethernet."""

MARGIN: Final = 200
"""Kept free for the answer, which may be longer than the request."""

LONGEST: Final = 1300
"""Longest request for a datagram in any case, in bytes."""

REFUSED_S: Final = 300.0
"""How long a server that has refused TCP gets long requests by UDP straight away."""

MAXIMUM_REFUSALS: Final = 256


class DatagramSize:
    """Which requests go by TCP although UDP was asked for."""

    def __init__(self, path_mtu: int = ASSUMED_MTU) -> None:
        self._longest = min(LONGEST, path_mtu - MARGIN)
        self._refused: dict[Address, float] = {}

    def too_long(self, size: int, remote: Address, now: float) -> bool:
        """Whether a request of `size` bytes has to go to `remote` by TCP."""
        return size > self._longest and self._refused.get(remote, now) <= now

    def tcp_refused(self, remote: Address, now: float) -> None:
        """There is no TCP at `remote`."""
        for old in [known for known, end in self._refused.items() if end <= now]:
            del self._refused[old]
        if len(self._refused) >= MAXIMUM_REFUSALS:
            del self._refused[next(iter(self._refused))]
        self._refused[remote] = now + REFUSED_S
