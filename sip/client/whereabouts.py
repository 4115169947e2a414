"""Where hops are, as flows of ours to them, the best first (RFC 3263 §4.3)."""

from collections.abc import Callable
from typing import Final

from sip.client.accounts import AccountContext, Accounts
from sip.client.target_health import TargetHealth
from sip.client.way import Way
from sip.flow import Address, Flow, TlsPeer, Transport
from sip.location.effects import Locate, LookupId, Target
from sip.location.literal_target import literal_target
from sip.syntax.uri import OpaqueUri, SipUri

MAXIMUM_TARGETS: Final = 16

MAXIMUM_REMEMBERED: Final = 64
"""Hops whose last addresses are kept, for the ACKs that follow."""


class Whereabouts:
    """Turns hops into flows: at once where that needs no DNS, else by way of a `Locate`."""

    def __init__(
        self,
        accounts: Accounts,
        health: TargetHealth,
        local_address: Callable[[Transport, str], Address],
    ) -> None:
        self._accounts = accounts
        self._health = health
        self._local_address = local_address
        self._last: dict[str, tuple[Target, ...]] = {}

    def at_once(self, hop: SipUri, way: Way, now: float) -> list[Flow] | None:
        """The flow to a hop that is an IP literal; None: `locate` it."""
        target = literal_target(hop, way.transport)
        return None if target is None else self.flows_to(hop, (target,), way, now)

    def locate(self, lookup: LookupId, hop: SipUri, way: Way) -> Locate:
        """The question where a hop is."""
        context = self._accounts.get(way.account)
        prefer_ipv6 = context is not None and context.account.prefer_ipv6
        return Locate(lookup, hop, way.transport, prefer_ipv6)

    def flows_to(
        self, hop: SipUri, targets: tuple[Target, ...], way: Way, now: float
    ) -> list[Flow]:
        """The flows to what a hop was located at; those that kept silent lately come last."""
        targets = targets[:MAXIMUM_TARGETS]
        context = self._accounts.get(way.account)
        if context is not None and context.names(hop):
            context.note_servers(targets)
        if targets:
            self._last.pop(str(hop), None)
            self._last[str(hop)] = targets
        if len(self._last) > MAXIMUM_REMEMBERED:
            del self._last[next(iter(self._last))]

        def doubtful(target: Target) -> bool:
            return self._health.doubtful((target.transport, target.address), now)

        return [self._flow_to(target, context) for target in sorted(targets, key=doubtful)]

    def last_flow(self, hop: SipUri | OpaqueUri | None, way: Way) -> Flow | None:
        """The flow to a hop that is an IP literal or was located before; None: it was not."""
        if not isinstance(hop, SipUri):
            return None
        literal = literal_target(hop, way.transport)
        targets = (literal,) if literal is not None else self._last.get(str(hop))
        return self._flow_to(targets[0], self._accounts.get(way.account)) if targets else None

    def _flow_to(self, target: Target, context: AccountContext | None) -> Flow:
        """By TLS on a connection of this account and for this domain only."""
        local = self._local_address(target.transport, target.address.host)
        if target.transport is not Transport.TLS:
            return Flow(target.transport, local, target.address)
        if context is None:
            peer = TlsPeer("", target.domain)
        else:
            peer = TlsPeer(context.account.tls_profile, target.domain, context.proof_for(target))
        return Flow(target.transport, local, target.address, tls=peer)
