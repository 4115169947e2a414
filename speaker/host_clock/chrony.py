"""chrony: asked by `chronyc -c`, told by a file among its sources.

Servers in `chrony.conf` itself stay in use beside those that are set here.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from speaker.host_clock.kept_file import put, said_by
from speaker.host_clock.synchronisation import Servers, Synchronisation

if TYPE_CHECKING:
    from speaker.host_clock.commands import Commands

SOURCES: Final = Path("/etc/chrony/sources.d/intercom-speaker.sources")
ADVERTISED: Final = Path("/run/chrony-dhcp")
LOCAL_REFERENCE: Final = "7F7F0101"
"""The clock itself, when it is to serve others without a server of its own."""

NOT_SYNCHRONISED: Final = "Not synchronised"
NEVER: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Chrony:
    """chrony on this machine."""

    commands: Commands
    sources: Path = SOURCES
    advertised: Path = ADVERTISED

    async def read(self) -> Synchronisation | None:
        """How it is; None: chrony does not run here."""
        tracking = await self.commands.answer("chronyc", "-c", "-n", "tracking")
        sources = await self.commands.answer("chronyc", "-c", "-N", "sources")
        if tracking is None or sources is None:
            return None
        kept, advertised = await asyncio.to_thread(self._files)
        fields = tracking.strip().split(",")
        rows = [line.split(",") for line in sources.splitlines()]
        return Synchronisation(
            servers=kept or _followed(rows, advertised),
            enabled=True,
            synced=fields[-1] != NOT_SYNCHRONISED and fields[0] != LOCAL_REFERENCE,
            advertised=advertised,
            next_in_s=_next_in_s(rows),
            offset_ms=_number(fields[4:5]) * 1000,
        )

    def _files(self) -> tuple[Servers | None, tuple[str, ...]]:
        text = said_by(self.sources)
        advertised: list[str] = []
        try:
            files = sorted(self.advertised.glob("*.sources"))
        except OSError:
            files = []
        for file in files:
            advertised += _servers(said_by(file) or "")
        return (None if text is None else parse_sources(text)), tuple(advertised)

    async def set_servers(self, servers: Servers) -> None:
        """Write them down, and have them read."""
        text = None if servers.from_dhcp else written_sources(servers)
        before = await asyncio.to_thread(put, self.sources, text)
        try:
            await self.commands.must("chronyc", "reload", "sources")
        except BaseException:
            await asyncio.to_thread(put, self.sources, before)
            raise

    async def enable(self, *, on: bool) -> None:
        """By systemd, which knows chrony as the machine's keeper of the time."""
        await self.commands.must("timedatectl", "set-ntp", "true" if on else "false")


def parse_sources(text: str) -> Servers:
    """What a file of sources of ours says."""
    found = Servers(from_dhcp=False)
    for line in text.splitlines():
        is_used = not line.startswith("#")
        words = line.lstrip("# ").split()
        if len(words) < 2 or words[0] != "server":
            continue
        name, options = words[1], words[2:]
        if "nts" in options:
            found = replace(
                found,
                static_nts=(*found.static_nts, name),
                uses_nts=found.uses_nts or is_used,
            )
        else:
            found = replace(found, static=(*found.static, name))
        found = replace(
            found,
            min_poll=_option(options, "minpoll", found.min_poll),
            max_poll=_option(options, "maxpoll", found.max_poll),
        )
    return found


def written_sources(servers: Servers) -> str:
    """A file of sources. Servers of the kind that is not used stand there as remarks."""
    polls = f"minpoll {servers.min_poll} maxpoll {servers.max_poll}"
    plain = "# " if servers.uses_nts else ""
    nts = "" if servers.uses_nts else "# "
    lines = [f"{plain}server {name} iburst {polls}" for name in servers.static]
    lines += [f"{nts}server {name} iburst nts {polls}" for name in servers.static_nts]
    return "".join(f"{line}\n" for line in lines)


def _option(options: list[str], name: str, usual: int) -> int:
    """The value that follows an option."""
    if name not in options[:-1]:
        return usual
    return int(_number([options[options.index(name) + 1]]))


def _followed(rows: list[list[str]], advertised: tuple[str, ...]) -> Servers:
    """Without a file of ours: what chrony was set up with."""
    names = (row[2] for row in rows if len(row) > 2 and row[0] == "^")
    static = tuple(name for name in names if name not in advertised)
    return Servers(from_dhcp=bool(advertised), static=static)


def _servers(text: str) -> list[str]:
    rows = (line.split() for line in text.splitlines())
    return [row[1] for row in rows if len(row) > 1 and row[0] in ("server", "pool")]


def _next_in_s(rows: list[list[str]]) -> int:
    """Of the server that the clock follows (`*`)."""
    for row in rows:
        if len(row) > 6 and row[1] == "*":
            poll, last_s = _number(row[4:5]), _number(row[6:7])
            if -8 < poll < 25 and 0 <= last_s < NEVER:
                return max(0, round(2**poll - last_s))
    return 0


def _number(found: list[str]) -> float:
    """What should be one; 0 if it is not."""
    try:
        return float(found[0]) if found else 0.0
    except ValueError:
        return 0.0
