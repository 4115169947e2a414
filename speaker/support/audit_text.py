"""The audit log as lines of text, in the shape that such devices give it."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from speaker.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conf.store.audit import AuditEntry


def audit_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """`2025-07-22T15:38:25.307+00:00 HOST [ INFO    ] speaker[PID]: WHO at ADDRESS: WHAT`."""
    host, process = socket.gethostname(), os.getpid()
    for entry in entries:
        at = entry.at.astimezone().isoformat(timespec="milliseconds")
        where = f" at {entry.address}" if entry.address else ""
        yield printable(
            f"{at} {host} [ INFO    ] speaker[{process}]: {entry.who}{where}: {entry.what}"
        )
