"""`Time`: the local time (section `[time]`), and what keeps the machine's clock right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

import structlog

from conf.accounts.role import Role
from conf.values.posix_time_zone import BadTimeZone, PosixTimeZone
from conf.values.server_address import is_domain
from speaker.host_clock.synchronisation import HostRefuses
from speaker.vapix.parameters.parameter import (
    BadValue,
    Constant,
    OneOf,
    Parameter,
    Text,
    YesNo,
    yes_no,
)
from speaker.vapix.parameters.properties import Told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from speaker.host_clock.synchronisation import Servers, Synchronisation, TimeKeeper
    from speaker.vapix.parameters.facts import Facts

log = structlog.get_logger(__name__)

NO_SERVER: Final = "0.0.0.0"  # noqa: S104 - how VAPIX says that there is none
BY_NTP, BY_NOBODY = "NTP", "None"

_ADMIN: Final = Role.ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class ZoneRules:
    """The rules of the time zone; one that has a name is given up for them."""

    def read(self, facts: Facts) -> str:
        """Those that are set, else those of the zone that counts."""
        return str(facts.setting("time.posix_time_zone")) or facts.zone_rules

    def tables(self, text: str, _facts: Facts) -> Mapping[str, Any]:
        """By the rules of the System settings document."""
        try:
            PosixTimeZone.parse(text)
        except BadTimeZone as error:
            raise BadValue(str(error)) from error
        return {"time": {"posix_time_zone": text, "time_zone": None}}


@dataclass(frozen=True, slots=True)
class SummerTime:
    """Whether the rules' summer time counts."""

    def read(self, facts: Facts) -> str:
        """That of a zone with a name always counts."""
        has_rules = bool(facts.setting("time.posix_time_zone"))
        return yes_no(bool(not has_rules or facts.setting("time.posix_daylight_saving")))

    def tables(self, text: str, facts: Facts) -> Mapping[str, Any]:
        """A zone with a name becomes its rules, as a name has no switch for its summer time."""
        if text not in ("yes", "no"):
            raise BadValue(f"{text!r} is neither yes nor no")
        change: dict[str, Any] = {"posix_daylight_saving": text == "yes"}
        if text == "no" and not facts.setting("time.posix_time_zone"):
            try:
                PosixTimeZone.parse(facts.zone_rules)
            except BadTimeZone as error:
                raise BadValue(f"the time zone has no rules to switch: {error}") from error
            change |= {"posix_time_zone": facts.zone_rules, "time_zone": None}
        return {"time": change}


FIXED: Final = (
    Parameter("Time.DST.Enabled", SummerTime(), "", YesNo(), Role.OPERATOR, _ADMIN),
    Parameter("Time.POSIXTimeZone", ZoneRules(), "Time zone", Text(128), Role.OPERATOR, _ADMIN),
    Parameter("Time.ServerDate", Told(lambda facts: facts.now.strftime("%Y-%m-%d")), "Date"),
    Parameter("Time.ServerTime", Told(lambda facts: facts.now.strftime("%H:%M:%S")), "Time"),
)


@dataclass(frozen=True, slots=True)
class ClockServer:
    """The server that the clock follows, the first of them."""

    keeper: TimeKeeper
    servers: Servers

    def read(self, _facts: Facts) -> str:
        """The one that was set."""
        return self.servers.static[0] if self.servers.static else NO_SERVER

    async def change(self, text: str, *, by: str, address: str) -> None:
        """Follow this one only, or those that the network names."""
        if text in ("", NO_SERVER):
            servers = replace(self.servers, static=(), uses_nts=False, from_dhcp=True)
        elif _is_host(text):
            servers = replace(self.servers, static=(text,), uses_nts=False, from_dhcp=False)
        else:
            raise BadValue(f"{text!r} is neither an IP address nor a host name")
        await _set(self.keeper, servers, by, address)


@dataclass(frozen=True, slots=True)
class ServersFromNetwork:
    """Whether the clock follows the servers that DHCP names."""

    keeper: TimeKeeper
    servers: Servers

    def read(self, _facts: Facts) -> str:
        """As it is."""
        return yes_no(self.servers.from_dhcp)

    async def change(self, text: str, *, by: str, address: str) -> None:
        """Follow those, or the ones that are set."""
        if text not in ("yes", "no"):
            raise BadValue(f"{text!r} is neither yes nor no")
        await _set(self.keeper, replace(self.servers, from_dhcp=text == "yes"), by, address)


@dataclass(frozen=True, slots=True)
class SyncSource:
    """Whether anything keeps the clock right."""

    keeper: TimeKeeper
    is_on: bool

    def read(self, _facts: Facts) -> str:
        """A program of this machine, or nobody."""
        return BY_NTP if self.is_on else BY_NOBODY

    async def change(self, text: str, *, by: str, address: str) -> None:
        """Let the program run or not."""
        if text not in (BY_NTP, BY_NOBODY):
            raise BadValue(f"{text!r} is neither {BY_NTP} nor {BY_NOBODY}")
        try:
            await self.keeper.enable(on=text == BY_NTP)
        except HostRefuses as error:
            raise BadValue(str(error)) from error
        log.info("the machine's clock is kept otherwise", source=text, user=by, address=address)


def clock_parameters(
    keeper: TimeKeeper | None, found: Synchronisation | None
) -> Iterator[Parameter]:
    """What can be told and set of the clock; without a program that keeps it, next to nothing."""
    if keeper is None or found is None:
        yield Parameter("Time.SyncSource", Constant(BY_NOBODY), "", read=_ADMIN)
        return
    servers = found.servers
    sources = OneOf((BY_NTP, BY_NOBODY))
    yield Parameter(
        "Time.SyncSource", SyncSource(keeper, found.enabled), "", sources, _ADMIN, _ADMIN
    )
    yield Parameter(
        "Time.NTP.Server", ClockServer(keeper, servers), "NTP server", Text(253), _ADMIN, _ADMIN
    )
    volatile = Constant(found.advertised[0] if found.advertised else "")
    yield Parameter("Time.NTP.VolatileServer", volatile, "NTP server by DHCP", read=_ADMIN)
    yield Parameter(
        "Time.ObtainFromDHCP",
        ServersFromNetwork(keeper, servers),
        "NTP servers by DHCP",
        YesNo(),
        _ADMIN,
        _ADMIN,
    )


def _is_host(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return bool(text) and is_domain(text) and not text.startswith("[")
    return "%" not in text  # behind it anything may stand, also more words of a file of settings


async def _set(keeper: TimeKeeper, servers: Servers, by: str, address: str) -> None:
    try:
        await keeper.set_servers(servers)
    except HostRefuses as error:
        raise BadValue(str(error)) from error
    log.info(
        "the machine's clock follows other servers",
        servers=" ".join(servers.static),
        from_dhcp=servers.from_dhcp,
        user=by,
        address=address,
    )
