"""How the machine's clock is kept right, whatever program does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

MOST_SERVERS: Final = 5
"""That can be set: three would do to outvote one that is wrong."""

USUAL_POLLS: Final = (6, 10)
"""Least and greatest interval between two questions: powers of two of seconds (RFC 5905 §7.2)."""


class HostRefuses(Exception):
    """The machine cannot do it, or does not let us; the message says what and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Which servers the clock follows."""

    from_dhcp: bool = True
    """Those that the network names; else those that are set."""
    static: tuple[str, ...] = ()
    static_nts: tuple[str, ...] = ()
    """Servers that prove who they are (NTS, RFC 8915)."""
    uses_nts: bool = False
    min_poll: int = USUAL_POLLS[0]
    max_poll: int = USUAL_POLLS[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Synchronisation:
    """How it is now."""

    servers: Servers
    enabled: bool
    """Whether the program runs, and is to."""
    synced: bool
    advertised: tuple[str, ...] = ()
    """Servers that the network names."""
    next_in_s: int = 0
    """Until the next server is asked; 0: nothing is known of it."""
    offset_ms: float = 0.0
    """By how much the clock is ahead of the servers."""


class TimeKeeper(Protocol):
    """A program that keeps the clock right."""

    async def read(self) -> Synchronisation | None:
        """How it is; None: the program does not run here."""

    async def set_servers(self, servers: Servers) -> None:
        """Follow these from now on, also after a restart of the machine.

        Raises:
            HostRefuses: the machine does not let us; nothing has changed.
        """

    async def enable(self, *, on: bool) -> None:
        """Let the program run or not, also after a restart of the machine.

        Raises:
            HostRefuses: the machine does not let us.
        """
