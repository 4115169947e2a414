"""How many files and sockets the process may have open: calls must not lack any because of HTTP."""

from __future__ import annotations

import resource
from functools import cache
from typing import Final

WANTED: Final = 16384
"""Many systems allow 1024 unless a program asks for more, and far more to one that does."""

FOR_HTTP: Final = 0.25
"""The share that the connections of one door of the HTTP side may have; there are two."""


def allow_many_open_files() -> None:
    """Ask for as many as the system allows, up to what could be of use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@cache
def most_connections_of_a_door() -> int:
    """How many connections leave enough for everything else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return WANTED if soft == resource.RLIM_INFINITY else max(1, int(soft * FOR_HTTP))
