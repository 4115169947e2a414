"""In which order the servers of a service are tried (RFC 2782)."""

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Final

from sip.location.records import Srv

MAXIMUM_DRAWN: Final = 32
"""How many servers take part; a domain that lists more has its least wanted ones left out."""


def in_order_of_trial(servers: Iterable[Srv], fraction: Callable[[], float]) -> list[Srv]:
    """Sort by priority, the lowest first, and draw lots by weight among equals.

    `fraction` gives a number from 0 up to 1 for each draw; a server that is left alone in its
    priority needs none.
    """
    wanted = sorted(servers, key=_priority)[:MAXIMUM_DRAWN]
    ordered: list[Srv] = []
    for _, equals in groupby(wanted, key=_priority):
        # Those without weight stand first, so that they too have a small chance.
        waiting = sorted(equals, key=lambda server: server.weight > 0)
        while waiting:
            ordered.append(waiting.pop(_drawn(waiting, fraction)))
    return ordered


def _priority(server: Srv) -> int:
    return server.priority


def _drawn(servers: list[Srv], fraction: Callable[[], float]) -> int:
    """The index of the first whose running sum of weights reaches the number that was drawn."""
    if len(servers) == 1:
        return 0
    lot = int(fraction() * (sum(server.weight for server in servers) + 1))
    running = 0
    for index, server in enumerate(servers):
        running += server.weight
        if running >= lot:
            return index
    return len(servers) - 1
