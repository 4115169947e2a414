"""How this machine is in the network: its way out, as the kernel tells. Linux only."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final

from nat.interface_address import Wanted, of_interface
from sip.transport.resolv_conf import read_resolv_conf

ROUTES: Final = Path("/proc/net/route")
ADDRESSES_6: Final = Path("/proc/net/if_inet6")
INTERFACES: Final = Path("/sys/class/net")
RESOLVER: Final = Path("/etc/resolv.conf")

NOTHING: Final = "0.0.0.0"  # noqa: S104 - what parameters say where there is no address

_IS_GLOBAL: Final = "00"
_ROUTE_UP, _ROUTE_GATEWAY = 0x1, 0x2


@dataclass(frozen=True, slots=True, kw_only=True)
class HostNetwork:
    """The machine's names and the interface that leads out; empty: there is none."""

    host_name: str = ""
    interface: str = ""
    """What the kernel calls it; parameters call it `eth0`."""
    mac_address: str = ""
    """With colons, in capitals."""
    address: str = NOTHING
    netmask: str = NOTHING
    broadcast: str = NOTHING
    router: str = NOTHING
    addresses_6: tuple[str, ...] = ()
    """Global IPv6 addresses, with their prefix lengths."""
    name_servers: tuple[str, ...] = ()
    search: tuple[str, ...] = ()


def read_host_network() -> HostNetwork:
    """How things are now. Reads a few files of the kernel; blocks for less than a millisecond."""
    interface, router = _way_out(_lines(ROUTES))
    resolver = read_resolv_conf(RESOLVER)
    return HostNetwork(
        host_name=socket.gethostname(),
        interface=interface,
        mac_address=_first_line(INTERFACES / interface / "address").upper() if interface else "",
        address=_of_interface(interface, Wanted.ADDRESS),
        netmask=_of_interface(interface, Wanted.NETMASK),
        broadcast=_of_interface(interface, Wanted.BROADCAST),
        router=router,
        addresses_6=_global_addresses(_lines(ADDRESSES_6), interface),
        name_servers=resolver.name_servers,
        search=resolver.search,
    )


def _way_out(routes: list[str]) -> tuple[str, str]:
    """The interface of the default route with the lowest metric, and its router."""
    found = []
    for line in routes[1:]:
        fields = line.split()
        if len(fields) < 8 or fields[1] != "00000000" or fields[7] != "00000000":
            continue
        flags = int(fields[3], 16)
        if flags & _ROUTE_UP:
            router = fields[2] if flags & _ROUTE_GATEWAY else "00000000"
            found.append((int(fields[6]), fields[0], router))
    if not found:
        return "", NOTHING
    _, interface, router = min(found)
    return interface, str(IPv4Address(bytes.fromhex(router)[::-1]))


def _of_interface(interface: str, wanted: Wanted) -> str:
    return str(of_interface(interface, wanted) or NOTHING)


def _global_addresses(lines: list[str], interface: str) -> tuple[str, ...]:
    found = []
    for line in lines:
        fields = line.split()
        if len(fields) == 6 and fields[5] == interface and fields[3] == _IS_GLOBAL:
            address = IPv6Address(bytes.fromhex(fields[0]))
            found.append(f"{address}/{int(fields[2], 16)}")
    return tuple(found)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def _first_line(file: Path) -> str:
    return next(iter(_lines(file)), "").strip()
