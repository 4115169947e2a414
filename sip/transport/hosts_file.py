"""Names that this machine knows without the DNS: those of its hosts file, and localhost."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sip.ip_literal import ip_literal
from sip.location.records import dns_name

MAXIMUM_BYTES: Final = 2**20
"""How much of the file is read: 30,000 lines."""

LOCALHOST: Final = ("127.0.0.1", "::1")

Stamp = tuple[int, int, int]
"""Tells one state of a file from another: time of change, length, inode."""


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of a file as it is now; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def parse_hosts(text: str) -> dict[str, tuple[str, ...]]:
    """Addresses by name, in the order of the lines (hosts(5)); what makes no sense is left out."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        literal = ip_literal(address)
        if literal is None:
            continue
        for name in filter(None, map(dns_name, names)):
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), literal)))
    return found


class HostsFile:
    """A hosts file that may change at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: Stamp | None = None
        self._known: Mapping[str, tuple[str, ...]] = {}

    def addresses_of(self, name: str) -> tuple[str, ...] | None:
        """The addresses of `name`, in lower case without a dot in the end; None if it is unknown.

        `localhost` and what is under it need no file (RFC 6761 §6.3).
        """
        stamp = stamp_of(self._path)
        if stamp != self._stamp:
            self._stamp, self._known = stamp, self._read()
        known = self._known.get(name)
        if known is None and (name == "localhost" or name.endswith(".localhost")):
            return LOCALHOST
        return known

    def _read(self) -> Mapping[str, tuple[str, ...]]:
        try:
            with self._path.open("rb") as file:
                return parse_hosts(file.read(MAXIMUM_BYTES).decode(errors="replace"))
        except OSError:  # a machine without one
            return {}
