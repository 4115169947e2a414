"""systemd-timesyncd: asked by `timedatectl`, told by a file among its settings."""

from __future__ import annotations

import asyncio
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from speaker.host_clock.kept_file import put, said_by
from speaker.host_clock.synchronisation import USUAL_POLLS, HostRefuses, Servers, Synchronisation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from speaker.host_clock.commands import Commands

DROP_IN: Final = Path("/etc/systemd/timesyncd.conf.d/50-intercom-speaker.conf")
LEAST_POLL: Final = 4
"""A power of two of seconds."""

SERVICE: Final = "systemd-timesyncd.service"
UNITS_S: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
SPAN: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(us|ms|s|min|h|d)\b")
ASKED_LAST: Final = re.compile(r"DestinationTimestamp=\w{3} ([0-9-]{10} [0-9:]{8}) UTC")
OFFSET: Final = re.compile(r"^\s*Offset: ([+-]?)(\S.*)$", re.MULTILINE)


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Timesyncd:
    """systemd-timesyncd on this machine."""

    commands: Commands
    drop_in: Path = DROP_IN
    wall: Callable[[], datetime] = field(default=utc_now)

    async def read(self) -> Synchronisation | None:
        """How it is; None: it does not run here."""
        shown = await self.commands.answer("timedatectl", "show-timesync", "--all")
        state = await self.commands.answer("timedatectl", "show")
        if shown is None or state is None:
            return None
        status = await self.commands.answer("timedatectl", "timesync-status") or ""
        found, clock = _properties(shown), _properties(state)
        advertised = tuple(found.get("LinkNTPServers", "").split())
        is_kept = await asyncio.to_thread(said_by, self.drop_in) is not None
        servers = Servers(
            from_dhcp=not is_kept and bool(advertised),
            static=tuple(found.get("SystemNTPServers", "").split()),
            min_poll=_poll(found, "PollIntervalMinUSec", USUAL_POLLS[0]),
            max_poll=_poll(found, "PollIntervalMaxUSec", USUAL_POLLS[1]),
        )
        return Synchronisation(
            servers=servers,
            enabled=clock.get("NTP") == "yes",
            synced=clock.get("NTPSynchronized") == "yes",
            advertised=advertised,
            next_in_s=self._next_in_s(found),
            offset_ms=_offset_ms(status),
        )

    def _next_in_s(self, found: Mapping[str, str]) -> int:
        asked = ASKED_LAST.search(found.get("NTPMessage", ""))
        interval_s = span_s(found.get("PollIntervalUSec", ""))
        if asked is None or not interval_s:
            return 0
        last = datetime.fromisoformat(asked[1]).replace(tzinfo=UTC)
        return max(0, round(interval_s - (self.wall() - last).total_seconds()))

    async def set_servers(self, servers: Servers) -> None:
        """Write them down, and have them read."""
        if servers.uses_nts or servers.static_nts:
            raise HostRefuses("systemd-timesyncd, which keeps this machine's clock, knows no NTS")
        if servers.min_poll < LEAST_POLL:
            raise HostRefuses(f"systemd-timesyncd asks every {2**LEAST_POLL} s at most")
        text = None if servers.from_dhcp else written_drop_in(servers)
        before = await asyncio.to_thread(put, self.drop_in, text)
        try:
            await self.commands.must("systemctl", "try-restart", SERVICE)
        except BaseException:
            await asyncio.to_thread(put, self.drop_in, before)
            raise

    async def enable(self, *, on: bool) -> None:
        """By systemd."""
        await self.commands.must("timedatectl", "set-ntp", "true" if on else "false")


def written_drop_in(servers: Servers) -> str:
    """Settings of timesyncd; the empty line gives up those of other files."""
    return (
        "[Time]\n"
        "NTP=\n"
        f"NTP={' '.join(servers.static)}\n"
        f"PollIntervalMinSec={2**servers.min_poll}\n"
        f"PollIntervalMaxSec={2**servers.max_poll}\n"
    )


def span_s(text: str) -> float:
    """Seconds of a time as systemd writes it: `34min 8s`."""
    return sum(float(number) * UNITS_S[unit] for number, unit in SPAN.findall(text))


def _offset_ms(status: str) -> float:
    found = OFFSET.search(status)
    if found is None:
        return 0.0
    return (-1 if found[1] == "-" else 1) * span_s(found[2]) * 1000


def _poll(found: Mapping[str, str], name: str, usual: int) -> int:
    seconds = span_s(found.get(name, ""))
    return round(math.log2(seconds)) if seconds >= 1 else usual


def _properties(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines())
    return {name: value for name, _, value in pairs}
