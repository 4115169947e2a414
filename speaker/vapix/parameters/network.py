"""`Network`, `HTTPS` and `System`: how the machine is in the network, and the doors of HTTP.

The network of the machine belongs to its operating system: it is told, and not set here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conf.accounts.role import Role
from speaker.vapix.parameters.parameter import (
    OneOf,
    Parameter,
    TextSetting,
    Whole,
    WholeSetting,
    YesNo,
    YesNoSetting,
    yes_no,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from speaker.vapix.parameters.facts import Facts
    from speaker.vapix.parameters.host_network import HostNetwork


@dataclass(frozen=True, slots=True)
class OfHost:
    """What the machine's network is."""

    tell: Callable[[HostNetwork], str]

    def read(self, facts: Facts) -> str:
        """As it is now."""
        return self.tell(facts.network)


def _nth(values: tuple[str, ...], place: int) -> str:
    return values[place] if place < len(values) else ""


_ADMIN: Final = Role.ADMINISTRATOR
_OPERATOR: Final = Role.OPERATOR

_ADDRESS: Final = OfHost(lambda host: host.address)
_BROADCAST: Final = OfHost(lambda host: host.broadcast)
_NETMASK: Final = OfHost(lambda host: host.netmask)
_ROUTER: Final = OfHost(lambda host: host.router)
_ADDRESSES_6: Final = OfHost(lambda host: " ".join(host.addresses_6))
_FIRST_SERVER: Final = OfHost(lambda host: _nth(host.name_servers, 0))
_SECOND_SERVER: Final = OfHost(lambda host: _nth(host.name_servers, 1))

PARAMETERS: Final = (
    Parameter("Network.Broadcast", _BROADCAST, "Broadcast address", read=_ADMIN),
    Parameter("Network.DNSServer1", _FIRST_SERVER, "Primary DNS server", read=_ADMIN),
    Parameter("Network.DNSServer2", _SECOND_SERVER, "Secondary DNS server", read=_ADMIN),
    Parameter("Network.DefaultRouter", _ROUTER, "Default router", read=_ADMIN),
    Parameter(
        "Network.DomainName", OfHost(lambda host: _nth(host.search, 0)), "Domain", read=_ADMIN
    ),
    Parameter(
        "Network.HTTP.AuthenticationPolicy",
        TextSetting("http.authentication_policy"),
        "What logins have to look like",
        OneOf(("Recommended", "Basic", "Digest", "Basic_Digest")),
        read=_ADMIN,
        write=_ADMIN,
    ),
    Parameter("Network.HostName", OfHost(lambda host: host.host_name), "Host name", read=_ADMIN),
    Parameter("Network.IPAddress", _ADDRESS, "IP address", read=_ADMIN),
    Parameter("Network.SubnetMask", _NETMASK, "Subnet mask", read=_ADMIN),
    Parameter(
        "Network.IPv6.Enabled",
        OfHost(lambda host: yes_no(bool(host.addresses_6))),
        "IPv6 address",
        YesNo(),
        read=_ADMIN,
    ),
    Parameter("Network.IPv6.IPAddress", _ADDRESSES_6, "IPv6 addresses", read=_ADMIN),
    Parameter("Network.Resolver.NameServer1", _FIRST_SERVER, "", read=_ADMIN),
    Parameter("Network.Resolver.NameServer2", _SECOND_SERVER, "", read=_ADMIN),
    Parameter(
        "Network.Resolver.NameServerList",
        OfHost(lambda host: " ".join(host.name_servers)),
        read=_ADMIN,
    ),
    Parameter("Network.Resolver.Search", OfHost(lambda host: " ".join(host.search)), read=_ADMIN),
    Parameter("Network.eth0.Broadcast", _BROADCAST, read=_OPERATOR),
    Parameter("Network.eth0.IPAddress", _ADDRESS, read=_OPERATOR),
    Parameter("Network.eth0.MACAddress", OfHost(lambda host: host.mac_address), read=_OPERATOR),
    Parameter("Network.eth0.SubnetMask", _NETMASK, read=_OPERATOR),
    Parameter(
        "HTTPS.Enabled",
        YesNoSetting("http.https_enabled"),
        "HTTPS",
        YesNo(),
        read=_ADMIN,
        write=_ADMIN,
    ),
    Parameter(
        "HTTPS.Port",
        WholeSetting("http.https_port"),
        "Port of HTTPS",
        Whole(0, 65535),
        read=_ADMIN,
        write=_ADMIN,
    ),
    Parameter(
        "System.BoaPort",
        WholeSetting("http.port"),
        "Port of HTTP",
        Whole(0, 65535),
        read=_ADMIN,
        write=_ADMIN,
    ),
)
