"""`ntp.cgi`: where the machine's clock gets the time from.

The clock is the machine's: chrony or systemd-timesyncd keeps it right, whichever runs, is asked
how, and is told what is set here if the machine lets us.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from conf.accounts.role import Role
from conf.values.server_address import is_domain
from speaker.host_clock.chrony import Chrony
from speaker.host_clock.commands import Commands
from speaker.host_clock.synchronisation import MOST_SERVERS, HostRefuses
from speaker.host_clock.timesyncd import Timesyncd
from speaker.vapix.envelope import JsonApi, Method
from speaker.vapix.error_family import FAMILY_C, ApiError, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from speaker.host_clock.synchronisation import Servers, Synchronisation, TimeKeeper
    from speaker.vapix.envelope import Asked
    from speaker.vapix.fields import Fields

Value = TypeVar("Value")

DHCP: Final = "DHCP"
STATIC: Final = "static"
POLLS: Final = (0, 24)
SUB_CODES: Final = {
    "enabled": 1,
    "serversSource": 2,
    "staticServers": 3,
    "NTSEnabled": 5,
    "staticNTSKEServers": 6,
    "minpoll": 7,
    "maxpoll": 8,
    "NTSKEServerCACerts": 9,
}


def keepers_of_this_machine() -> tuple[TimeKeeper, ...]:
    """The programs that there may be; where both run, the first one is the better."""
    commands = Commands()
    return Chrony(commands), Timesyncd(commands)


class Audit(Protocol):
    """Where it is written down who has changed what."""

    def note(self, who: str, what: str, *, address: str = "") -> None:
        """Write an entry; may block."""


class Ntp:
    """The API, for the clock of one machine."""

    def __init__(self, keepers: Sequence[TimeKeeper], audit: Audit) -> None:
        """What is set is noted in `audit`."""
        self._keepers = keepers
        self._audit = audit

    def api(self) -> JsonApi:
        """The API with its methods."""
        return JsonApi(
            path="/axis-cgi/ntp.cgi",
            family=FAMILY_C,
            versions=("1.4",),
            methods={
                "getNTPInfo": Method(Role.ADMINISTRATOR, self._get_info),
                "setNTPClientConfiguration": Method(Role.ADMINISTRATOR, self._set_configuration),
            },
        )

    async def _running(self) -> tuple[TimeKeeper, Synchronisation] | None:
        for keeper in self._keepers:
            found = await keeper.read()
            if found is not None:
                return keeper, found
        return None

    async def _get_info(self, _asked: Asked) -> Mapping[str, object]:
        """Without a client here there is no section about one, as VAPIX has it."""
        running = await self._running()
        return {} if running is None else {"client": _told(running[1])}

    async def _set_configuration(self, asked: Asked) -> Mapping[str, object]:
        running = await self._running()
        if running is None:
            why = "neither chrony nor systemd-timesyncd runs on this machine, whose clock it is"
            raise ApiError(Trouble.HOST, why)
        keeper, now = running
        given = asked.params
        if not any(name in given for name in SUB_CODES):
            raise ApiError(Trouble.MISSING, f"none of {', '.join(SUB_CODES)} is given")
        if given.values.get("NTSKEServerCACerts"):
            raise _wrong("NTSKEServerCACerts", "can only be those that the machine trusts")
        servers = _servers(given, now.servers)
        enabled = (
            _checked("enabled", lambda: given.flag("enabled"))
            if "enabled" in given
            else now.enabled
        )
        try:
            if servers != now.servers:
                await keeper.set_servers(servers)
                await self._note(asked, f"took the machine's time from {_from(servers)}")
            if enabled != now.enabled:
                await keeper.enable(on=enabled)
                switched = "on" if enabled else "off"
                await self._note(asked, f"switched the machine's NTP client {switched}")
        except HostRefuses as error:
            raise ApiError(Trouble.HOST, str(error)) from error
        return {}

    async def _note(self, asked: Asked, words: str) -> None:
        await asyncio.to_thread(self._audit.note, asked.by.name, words, address=asked.by.address)


def _from(servers: Servers) -> str:
    """Where the time comes from, in words."""
    if servers.from_dhcp:
        return "the servers that DHCP names"
    return ", ".join(servers.static_nts if servers.uses_nts else servers.static)


def _told(found: Synchronisation) -> dict[str, object]:
    servers = found.servers
    return {
        "enabled": found.enabled,
        "NTSEnabled": servers.uses_nts,
        "serversSource": DHCP if servers.from_dhcp else STATIC,
        "maxSupportedStaticServers": MOST_SERVERS,
        "staticServers": list(servers.static),
        "advertisedServers": list(found.advertised),
        "staticNTSKEServers": list(servers.static_nts),
        "synced": found.synced,
        "timeToNextSync": found.next_in_s,
        "timeOffset": round(found.offset_ms, 6),
        "minpoll": servers.min_poll,
        "maxpoll": servers.max_poll,
    }


def _servers(given: Fields, now: Servers) -> Servers:
    """The servers as they are to be."""
    wanted = now
    if "serversSource" in given:
        source = _checked("serversSource", lambda: given.text("serversSource"))
        if source not in (DHCP, STATIC):
            raise _wrong("serversSource", f"is neither {DHCP} nor {STATIC}")
        wanted = replace(wanted, from_dhcp=source == DHCP)
    if "NTSEnabled" in given:
        uses_nts = _checked("NTSEnabled", lambda: given.flag("NTSEnabled"))
        wanted = replace(wanted, uses_nts=uses_nts)
    if "staticServers" in given:
        wanted = replace(wanted, static=_names(given, "staticServers"))
    if "staticNTSKEServers" in given:
        wanted = replace(wanted, static_nts=_names(given, "staticNTSKEServers"))
    if "minpoll" in given:
        low = _checked("minpoll", lambda: given.whole("minpoll", *POLLS))
        wanted = replace(wanted, min_poll=low)
    if "maxpoll" in given:
        high = _checked("maxpoll", lambda: given.whole("maxpoll", *POLLS))
        wanted = replace(wanted, max_poll=high)
    if wanted.min_poll > wanted.max_poll:
        raise _wrong("maxpoll", "is less than minpoll")
    used = wanted.static_nts if wanted.uses_nts else wanted.static
    if not wanted.from_dhcp and not used:
        name = "staticNTSKEServers" if wanted.uses_nts else "staticServers"
        raise _wrong(name, "names no server, and they are to be used")
    return wanted


def _names(given: Fields, name: str) -> tuple[str, ...]:
    servers = _checked(name, lambda: given.texts(name))
    if len(servers) > MOST_SERVERS:
        raise _wrong(name, f"has more than {MOST_SERVERS} entries")
    if not all(_is_server(each) for each in servers):
        raise _wrong(name, "has an entry that is neither a domain name nor an IP address")
    return tuple(servers)


def _is_server(text: str) -> bool:
    """What may stand in the files of other programs: nothing that means more there."""
    try:
        ip_address(text)
    except ValueError:
        return bool(text) and not text.startswith("[") and is_domain(text)
    return "%" not in text


def _checked(name: str, read: Callable[[], Value]) -> Value:
    """What a parameter is, with the sub code of it if it is wrong."""
    try:
        return read()
    except ApiError as error:
        raise ApiError(error.trouble, str(error), {"subCode": SUB_CODES[name]}) from error


def _wrong(name: str, rule: str) -> ApiError:
    return ApiError(Trouble.INVALID, f"{name} {rule}", {"subCode": SUB_CODES[name]})
