"""Which name servers this machine asks (resolv.conf(5))."""

from pathlib import Path
from typing import Final, NamedTuple

from sip.ip_literal import ip_literal
from sip.location.records import dns_name

MAXIMUM_BYTES: Final = 65536
MAXIMUM_NAME_SERVERS: Final = 3  # as in glibc
MAXIMUM_SEARCHED: Final = 6  # likewise


class ResolverConfiguration(NamedTuple):
    """What counts of it for us."""

    name_servers: tuple[str, ...] = ()
    """IP literals, in the order in which to ask."""

    search: tuple[str, ...] = ()
    """Domains that complete a name without a dot."""


def parse_resolv_conf(text: str) -> ResolverConfiguration:
    """Read the file's text; what makes no sense is left out, as much of it comes from DHCP."""
    name_servers: list[str] = []
    search: tuple[str, ...] = ()
    for line in text.splitlines():
        match line.split():
            case ["nameserver", address, *_]:
                literal = ip_literal(address)
                if literal is not None and literal not in name_servers:
                    name_servers.append(literal)
            case ["search" | "domain", *domains]:  # the last of these lines counts
                search = tuple(filter(None, map(dns_name, domains)))
    return ResolverConfiguration(
        tuple(name_servers[:MAXIMUM_NAME_SERVERS]), search[:MAXIMUM_SEARCHED]
    )


def read_resolv_conf(path: Path) -> ResolverConfiguration:
    """What the file says now; nothing where there is none: no network, perhaps only for now."""
    try:
        with path.open("rb") as file:
            return parse_resolv_conf(file.read(MAXIMUM_BYTES).decode(errors="replace"))
    except OSError:
        return ResolverConfiguration()
