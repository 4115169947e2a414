"""The registrations of all accounts, each for itself."""

import itertools
from dataclasses import replace

from sip.account import Account, RegistrationState
from sip.client.stand_in import StandIn
from sip.client.way import Way
from sip.errors import MalformedHeader, MisuseError
from sip.flow import Flow, Transport
from sip.registration.binding import Binding, loose
from sip.registration.registration import Registration
from sip.session.endpoint import Effect, Endpoint
from sip.syntax.address import NameAddress
from sip.syntax.headers import Headers
from sip.syntax.message import Request
from sip.syntax.uri import OpaqueUri, SipUri


class Registrations:
    """Adds and removes accounts, and knows the way out by each and which of them is called."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._accounts = endpoint.client.accounts
        self._registrations: dict[str, Registration] = {}
        self._leaving: dict[str, Registration] = {}  # by the key that they have for the endpoint
        self._successors: dict[Registration, Registration] = {}  # to be started when one has left
        self._serial = itertools.count(1)
        endpoint.on_silence = self.on_flow_failed

    def __len__(self) -> int:
        """How many there are, those being given up included."""
        return len(self._registrations) + len(self._leaving)

    def add(self, account: Account, now: float) -> list[Effect]:
        """Take an account, and register it if it has a registrar.

        One with the same id makes room; when nothing of it is different, nothing happens. Where it
        is the same user at the same server, the new Contact is registered when the old one is gone:
        a server that knows the device (RFC 5626 §4.2) takes the one for the other.
        """
        known = self._accounts.get(account.id)
        if known is not None and known.account == account:
            return []
        effects = self.remove(account.id, now)
        self._accounts.add(account)
        if account.registrar is None:
            return effects
        registration = Registration(self._endpoint, account, self._forget)
        self._registrations[account.id] = registration
        for leaving in self._leaving.values():
            if leaving.account.id == account.id and _same_place(leaving.account, account):
                self._successors[leaving] = registration
                return effects
            leaving.superseded = leaving.superseded or leaving.account.id == account.id
        return [*effects, *registration.start(now)]

    def remove(self, account: str, now: float) -> list[Effect]:
        """Unregister an account and forget it; one that is not there is no error."""
        registration = self._registrations.pop(account, None)
        if registration is None or registration in self._successors.values():
            self._successors = {
                leaving: successor
                for leaving, successor in self._successors.items()
                if successor is not registration
            }
            self._accounts.remove(account)
            return []
        key = f"{account} leaving {next(self._serial)}"
        self._accounts.rename(account, key)
        registration.rename(key)
        self._leaving[key] = registration
        return registration.stop(now)

    def state(self, account: str) -> RegistrationState:
        """How an account stands with its registrars."""
        registration = self._registrations.get(account)
        return RegistrationState.UNREGISTERED if registration is None else registration.state

    def on_network_changed(self, now: float) -> list[Effect]:
        """Our addresses or the ways out are others."""
        self._accounts.forget_addresses()
        self._endpoint.client.health.forget()
        standing = list(self._registrations.values())
        return [effect for each in standing for effect in each.on_network_changed(now)]

    def on_flow_failed(self, flow: Flow, now: float) -> list[Effect]:
        """A connection is gone, nothing can be sent by `flow`, or a request by it got no answer."""
        standing = list(self._registrations.values())
        return [effect for each in standing for effect in each.on_flow_failed(flow, now)]

    def called_by(self, request: Request, flow: Flow) -> str:
        """The account whose registered Contact `request` is for, or whose server brings it.

        Empty: neither. A Contact counts only when it comes from a server of its account: whoever
        has seen it might call it otherwise.
        """
        serving = self.serving(flow)
        registered = self.registered_contact(request)
        if registered in serving:
            return registered
        user = request.uri.user if isinstance(request.uri, SipUri) else ""
        named = [key for key in serving if _user_of(self._accounts[key].account) == user]
        return next(iter(named or serving), "")

    def serving(self, flow: Flow) -> tuple[str, ...]:
        """The accounts that have a server where `flow` leads; datagrams can be forged."""
        return tuple(key for key in self._accounts.serving(flow) if key not in self._leaving)

    def registered_contact(self, request: Request) -> str:
        """The account whose registered Contact is the Request-URI; empty: none."""
        line = request.uri.parameters.get("line") if isinstance(request.uri, SipUri) else None
        if not line:
            return ""
        return next((key for key, each in self._registrations.items() if each.has_line(line)), "")

    def target(self, account: str, target: SipUri) -> SipUri:
        """Whom to call for `target`, as a Request-URI of the account.

        An account with `sips` calls by that only. Who is addressed at the primary server by its own
        name or number is to be had at the secondary while that stands in.
        """
        if not account:
            return target
        of = self._accounts[account].account
        if of.sips and target.scheme == "sip":
            target = replace(target, scheme="sips")
        registration = self._registrations.get(account)
        serving = None if registration is None else registration.serving
        if of.registrar is None or serving is None or serving.server == of.registrar:
            return target
        return _in_stead(target, of.registrar, serving.server)

    def way_out(
        self, target: SipUri, given: Headers, account: str, transport: Transport | None
    ) -> tuple[tuple[str, ...], Way]:
        """The routes to put before a new request, and where it goes first (RFC 3261 §8.1.2).

        The application's own `Route` comes first; then the account's proxies and what its
        registrar named (RFC 3608 §6.1); then the registrar itself for its own domain. While the
        primary server serves, or none does, the secondary stands in for it.

        Raises:
            MisuseError: there is no such account, or a given Route is malformed.
        """
        if not account:
            return (), Way(hop=_first_route(given) or target, transport=transport)
        of = self._accounts[account].account
        way = Way(account=account, transport=transport or of.transport)
        if (first := _first_route(given)) is not None:
            return (), replace(way, hop=first)
        registration = self._registrations.get(account)
        serving = None if registration is None else registration.serving
        routes = tuple(loose(proxy.uri) for proxy in of.proxies)
        if serving is not None:
            routes += tuple(route for route in serving.service_routes if route not in routes)
        server = of.registrar if serving is None else serving.server
        if server is None or not _is_home(of, target):
            server = target
        hop = _first_hop(routes, server)
        stand_in = None
        if serving is None or serving.server == of.registrar:
            stand_in = _stand_in(of, target, hop)
        flow = None if serving is None else self._flow_of(account, serving, hop)
        return routes, replace(way, hop=hop, flow=flow, stand_in=stand_in)

    def _flow_of(self, account: str, serving: Binding, hop: SipUri | OpaqueUri) -> Flow | None:
        """The flow of the registration, for requests by the same server (RFC 5626 §4.3)."""
        context = self._accounts[account]
        proxies = context.account.proxies
        registered_by = proxies[0].uri if proxies else serving.server
        same = isinstance(hop, SipUri) and hop.host.lower() == registered_by.host.lower()
        if not same or serving.flow is None or not context.trusts(serving.flow):
            return None
        return serving.flow

    def _forget(self, registration: Registration, now: float) -> list[Effect]:
        for key in [key for key, each in self._leaving.items() if each is registration]:
            del self._leaving[key]
            self._accounts.remove(key)
        successor = self._successors.pop(registration, None)
        return [] if successor is None else successor.start(now)


def _same_place(one: Account, other: Account) -> bool:
    """Whether both ask the same servers for the same user."""
    return (one.address_of_record, one.registrar, one.secondary_server) == (
        other.address_of_record,
        other.registrar,
        other.secondary_server,
    )


def _first_route(headers: Headers) -> SipUri | OpaqueUri | None:
    routes = headers.get_all("Route")
    try:
        return NameAddress.parse(routes[0]).uri if routes else None
    except MalformedHeader as error:
        raise MisuseError(f"Route: {error}") from error


def _first_hop(routes: tuple[str, ...], server: SipUri) -> SipUri | OpaqueUri:
    return NameAddress.parse(routes[0]).uri if routes else server


def _stand_in(account: Account, target: SipUri, hop: SipUri | OpaqueUri) -> StandIn | None:
    """How a request for the account's own domain goes on when its primary server is of no use.

    It goes as it would while the secondary serves, but for what that names when it is registered
    with. None: there is no other server, or it would be the same way again.
    """
    primary, secondary = account.registrar, account.secondary_server
    if primary is None or secondary is None or not _is_home(account, target):
        return None
    routes = tuple(loose(proxy.uri) for proxy in account.proxies)
    uri, other = _in_stead(target, primary, secondary), _first_hop(routes, secondary)
    return None if (uri, other) == (target, hop) else StandIn(uri=uri, routes=routes, hop=other)


def _in_stead(target: SipUri, primary: SipUri, server: SipUri) -> SipUri:
    """Who is addressed at the primary server by its own name or number, at another server."""
    if target.host.lower() != primary.host.lower():
        return target
    return replace(target, host=server.host, port=server.port)


def _is_home(account: Account, target: SipUri) -> bool:
    """Whether the account's own registrar is responsible for `target`."""
    homes = (account.address_of_record, account.registrar, account.secondary_server)
    return target.host.lower() in {uri.host.lower() for uri in homes if uri is not None}


def _user_of(account: Account) -> str:
    return "" if account.address_of_record is None else account.address_of_record.user
