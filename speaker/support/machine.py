"""What machine the speaker runs on, as text for a server report. Reads files; runs no program."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nat.interface_address import Wanted, of_interface

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN_OF_FILE: Final = 16 * 1024
"""Octets: files of the kernel are shorter, unless a machine has hundreds of interfaces."""

MOST_INTERFACES: Final = 64


def machine_text(data: Path) -> str:
    """Its system, load, memory and disk; `data` is the data folder."""
    disk = shutil.disk_usage(data)
    system = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    lines = [
        f"system: {system.get('PRETTY_NAME', 'unknown')}",
        f"kernel: {platform.platform()}",
        f"python: {sys.version.splitlines()[0]}",
        f"processors: {os.cpu_count()}, load: {os.getloadavg()}",
        f"data folder: {data}, {disk.free // 2**20} of {disk.total // 2**20} MiB free",
        *(f"temperature: {name} {celsius:.1f} °C" for name, celsius in _temperatures()),
        *_chosen(Path("/proc/meminfo"), "MemTotal", "MemAvailable", "SwapFree"),
        *_chosen(Path("/proc/self/status"), "VmRSS", "VmHWM", "Threads", "CapEff"),
    ]
    return "\n".join(lines)


def network_text() -> str:
    """Its interfaces, their addresses and counters, the routes and the name servers."""
    interfaces = [_interface(name) for _, name in socket.if_nameindex()[:MOST_INTERFACES]]
    files = ("/proc/net/if_inet6", "/proc/net/dev", "/proc/net/route", "/etc/resolv.conf")
    parts = [f"host name: {socket.gethostname()}", *interfaces]
    parts += [f"\n--- {file}\n{_file(Path(file)).rstrip()}" for file in files]
    return "\n".join(parts)


def _interface(name: str) -> str:
    folder = Path("/sys/class/net") / name
    address, netmask = of_interface(name, Wanted.ADDRESS), of_interface(name, Wanted.NETMASK)
    told = f"{address} mask {netmask}" if address else "no IPv4 address"
    mac, state = (_file(folder / file).strip() for file in ("address", "operstate"))
    return f"{name}: {told}, mac {mac}, {state}"


def packages_text() -> str:
    """The Python packages beside it, with their versions."""
    found = {(each.name or "?").lower(): each.version for each in distributions()}
    return "\n".join(f"{name} {version}" for name, version in sorted(found.items()))


def _temperatures() -> Iterator[tuple[str, float]]:
    for zone in sorted(Path("/sys/class/thermal").glob("thermal_zone*"))[:8]:
        reading = _file(zone / "temp").strip()
        if reading.removeprefix("-").isdecimal():
            yield _file(zone / "type").strip() or zone.name, int(reading) / 1000


def _chosen(file: Path, *names: str) -> list[str]:
    return [line for line in _file(file).splitlines() if line.partition(":")[0] in names]


def _file(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            return opened.read(SHOWN_OF_FILE).decode("utf-8", "replace")
    except OSError:
        return ""
