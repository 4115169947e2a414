"""Our Contact at one registrar: made, refreshed, kept alive, given up (RFC 3261 §10.2)."""

import enum
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from sip.account import Account
from sip.client.outcome import Outcome, RequestId
from sip.client.way import Way
from sip.flow import Flow, Transport
from sip.registration.register_answer import RegisterAnswer, min_expires_s
from sip.session.dialog import MAXIMUM_HOPS
from sip.session.endpoint import Effect, Endpoint
from sip.syntax.address import NameAddress
from sip.syntax.headers import Headers
from sip.syntax.message import Request
from sip.syntax.parameters import Parameters
from sip.syntax.uri import SipUri
from sip.transaction.effects import CloseConnection, KeepAlive

LONGEST_INTERVAL_S: Final = 7 * 86400
"""The longest lifetime that a 423 can make us ask for, in seconds."""

SHORTEST_REFRESH_S: Final = 5.0
"""However short a lifetime a server grants, it is not asked more often than this."""

MARGIN_S: Final = 70.0
"""How long before its end a registration is refreshed: time for two servers not to answer."""

MAXIMUM_READJUSTMENTS: Final = 3
"""How often in a row a REGISTER is repeated because of what its answer said. A NAT that shows
another port each time would have us do it for ever."""

DATAGRAM_KEEP_ALIVE_S: Final = (24.0, 29.0)
STREAM_KEEP_ALIVE_S: Final = (95.0, 120.0)
"""Shortest and longest time between keep-alives where the server does not say (RFC 5626 §4.4)."""

FLOW_TIMER_SHARE: Final = 0.8
"""At least this part of the server's Flow-Timer passes between keep-alives (RFC 5626 §4.4.1)."""

SHORTEST_KEEP_ALIVE_S: Final = 5.0

STABLE_S: Final = 60.0
"""A flow that stood this long was a good one. The loss of a shorter one is made good at once as
well, but for the first time only."""

RECONNECT_S: Final = 0.1
"""How long the old connection has to be gone before the new REGISTER is sent."""

_LACKS_OUTBOUND: Final = 439  # First Hop Lacks Outbound Support, RFC 5626 §11.6


class Verdict(enum.Enum):
    """What a REGISTER has come to."""

    HELD = "registered"
    GONE = "no longer registered"
    FAILED = "the server could not do it now"
    REFUSED = "the server will not do it with these credentials"


class Binding:
    """One of our Contacts with one registrar.

    Contacts differ by server, in a `line` that nobody can guess and in their `reg-id`: giving one
    up does not touch the other, even where both servers share their data.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        account: Account,
        server: SipUri,
        number: int,
        on_verdict: Callable[["Binding", Verdict, Outcome, bool, float], list[Effect]],
    ) -> None:
        """`number` is the `reg-id` (RFC 5626 §4.2); `on_verdict` hears whether it was held."""
        self.server = server
        self.line = endpoint.token()
        self.key = account.id
        """What the endpoint knows the account by."""

        self.flow: Flow | None = None
        """By which the server reaches us; None: not registered."""

        self.until = 0.0
        self.service_routes: tuple[str, ...] = ()
        self.outbound = account.uses_outbound
        self._endpoint = endpoint
        self._account = account
        self._number = number
        self._on_verdict = on_verdict
        self._call_id = endpoint.token()
        self._tag = endpoint.token()
        self._sequence = 0
        self._interval_s = account.register_interval_s
        self._asked: RequestId | None = None
        self._serial = 0  # of the latest REGISTER: the outcome of others does not count
        self._contact: SipUri | None = None  # what the server has
        self._offered: SipUri | None = None  # what the latest REGISTER says
        self._readjustments = 0
        self._held_since = 0.0
        self._losses = 0
        self._flow_timer_s: int | None = None
        self._leaves = False
        self._lost = False  # the flow is; or soon will be, as we have asked for it

    @property
    def held(self) -> bool:
        """Whether the server has our Contact, as far as we know."""
        return self.flow is not None

    @property
    def asking(self) -> bool:
        """Whether the answer to a REGISTER that asks for a lease is missing."""
        return self._asked is not None and not self._leaves

    @property
    def leaving(self) -> bool:
        """Whether the server has been asked to forget us, and has not answered."""
        return self._asked is not None and self._leaves

    # Commands

    def register(self, now: float) -> list[Effect]:
        """Ask for a registration, or for another lease of it, where the first one is.

        Each server of a domain may keep its own table: were every lease had from whichever DNS
        names first, there would soon be several (RFC 5626 §4.2, §4.3).
        """
        return self._send(self._interval_s, now, None if self._lost else self.flow)

    def unregister(self, now: float) -> list[Effect]:
        """Ask the server to forget us (§10.2.2)."""
        self._clear_alarms()
        flow, self.flow = self.flow, None
        return self._send(0, now, flow)

    def abandon(self) -> None:
        """Ask for nothing more, and do not hear of what was asked."""
        self._clear_alarms()
        self._serial += 1
        self._asked = None
        self.flow = None

    def restart(self, now: float) -> list[Effect]:
        """Register anew, by a new connection: the network is not what it was."""
        flow = self.flow if self._asked is None else self._endpoint.client.flow_of(self._asked)
        self._clear_alarms()
        self._serial += 1  # whatever becomes of a REGISTER that is under way
        self._lost, self._asked = True, None
        if flow is None or not flow.transport.reliable:
            return self.register(now)
        self._endpoint.alarms.set(self.register, now + RECONNECT_S)
        return [CloseConnection(flow)]

    def on_flow_failed(self, flow: Flow, now: float) -> list[Effect]:
        """The way by which the server reaches us is gone: it needs another."""
        if self.flow is None or self.asking or self._lost or not _same_flow(self.flow, flow):
            return []
        self._lost = True
        self._losses = 0 if now - self._held_since >= STABLE_S else self._losses + 1
        if self._losses <= 1:
            return self.register(now)
        self._clear_alarms()  # a server that closes every connection is not to be hammered
        self._endpoint.alarms.set(self.register, now + min(2.0 ** (self._losses - 1), STABLE_S))
        return []

    # REGISTER

    def _send(self, expires_s: int, now: float, flow: Flow | None) -> list[Effect]:
        context = self._endpoint.client.accounts[self.key]
        self._endpoint.alarms.clear(self.register)
        self._serial += 1
        self._leaves = expires_s == 0
        self._asked, effects = self._endpoint.request(
            self._request(expires_s),
            Way(
                flow=flow if flow is not None and context.trusts(flow) else None,
                hop=self._account.proxies[0].uri if self._account.proxies else self.server,
                transport=self._account.transport,
                account=self.key,
                contact=partial(self._contact_by, expires_s),
                next_sequence=self._next_sequence,
            ),
            now,
            partial(self._on_outcome, self._serial, expires_s),
        )
        return effects

    def _request(self, expires_s: int) -> Request:
        identity = self._account.identity
        fields = [
            ("Max-Forwards", MAXIMUM_HOPS),
            *(("Route", loose(proxy.uri)) for proxy in self._account.proxies),
            ("From", str(identity and identity.with_parameter("tag", self._tag))),
            ("To", str(identity)),
            ("Call-ID", self._call_id),
            ("CSeq", f"{self._next_sequence()} REGISTER"),
            ("Expires", str(expires_s)),
            ("Supported", "path, outbound" if self.outbound else "path"),
            ("Allow", self._endpoint.capabilities[0][1]),
        ]
        return Request("REGISTER", self._request_uri(), Headers.of(*fields))

    def _request_uri(self) -> SipUri:
        """The domain whose registrar is asked (§10.2).

        An address of record that names the primary server's own host names no domain: another
        server is asked for its own.
        """
        record, primary = self._account.address_of_record, self._account.registrar
        server = self.server
        if record is not None and (primary is None or record.host != primary.host):
            server = SipUri("sip", "", None, record.host, record.port)
        scheme = "sips" if self._account.sips else "sip"
        port = server.port
        return SipUri(scheme, "", None, server.host, port)

    def _next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def _contact_by(self, expires_s: int, flow: Flow) -> str:
        """Our Contact by a flow; and the one before, to be removed, where it was another."""
        uri = self._contact_uri(flow)
        parameters = uri.parameters.with_value("line", self.line)
        if not self.outbound:
            parameters = parameters.without("ob")
        uri = self._offered = replace(uri, parameters=parameters)
        ours = Parameters()
        if self.outbound and expires_s:  # else it might be taken for the one in its stead
            ours = ours.with_value("+sip.instance", f"<{self._account.instance}>")
            ours = ours.with_value("reg-id", str(self._number))
        ours = ours.with_value("expires", str(expires_s))
        values = [NameAddress("", uri, ours)]
        if self._contact is not None and not self._contact.matches(uri):
            values.append(NameAddress("", self._contact, Parameters([("expires", "0")])))
        return ", ".join(map(str, values))

    def _contact_uri(self, flow: Flow) -> SipUri:
        record = self._account.address_of_record
        user = "" if record is None else record.user
        return self._endpoint.contact_uri(flow.transport, flow.remote.host, user, self.key)

    # Its outcome

    def _on_outcome(
        self, serial: int, expires_s: int, outcome: Outcome, now: float
    ) -> list[Effect]:
        if serial != self._serial or not outcome.final:
            return []
        self._asked = None
        if not outcome.refused:
            return self._on_success(expires_s, outcome, now)
        if expires_s and self._readjusts(outcome):
            return self.register(now)
        held = self.held
        self._clear_alarms()
        self.flow, self._lost = None, False
        self._readjustments = 0
        if not expires_s:
            return self._on_verdict(self, Verdict.GONE, outcome, held, now)
        verdict = Verdict.REFUSED if _is_for_good(outcome) else Verdict.FAILED
        return self._on_verdict(self, verdict, outcome, held, now)

    def _readjusts(self, outcome: Outcome) -> bool:
        """Whether the same once more, with what the refusal asks for, may do."""
        if outcome.response is None or self._readjustments >= MAXIMUM_READJUSTMENTS:
            return False
        self._readjustments += 1
        if outcome.code == 423:
            wanted = min_expires_s(outcome.response) or 0
            longer = self._interval_s < wanted <= LONGEST_INTERVAL_S
            self._interval_s = wanted if longer else self._interval_s
            return longer
        if outcome.code == _LACKS_OUTBOUND and self.outbound:
            self.outbound = False
            return True
        return False

    def _on_success(self, expires_s: int, outcome: Outcome, now: float) -> list[Effect]:
        held, response, offered = self.held, outcome.response, self._offered
        if not expires_s or response is None or offered is None:
            self.flow = self._contact = None
            return self._on_verdict(self, Verdict.GONE, outcome, held, now)
        answer = RegisterAnswer.of(response, offered, expires_s)
        if answer.expires_s == 0:
            self.flow = None
            return self._on_verdict(self, Verdict.FAILED, outcome, held, now)
        self._contact, self.flow = offered, outcome.flow
        if not held or self._lost:
            self._held_since, self._lost = now, False
        self.until = now + answer.expires_s
        self.service_routes = answer.service_routes
        self._endpoint.alarms.set(self._refresh, now + self._refresh_s(answer.expires_s))
        self._flow_timer_s = answer.flow_timer_s
        self._endpoint.alarms.set(self._keep_alive, now + self._keep_alive_s())
        effects = self._on_verdict(self, Verdict.HELD, outcome, held, now)
        if self._seen_elsewhere(outcome, offered):
            return [*effects, *self.register(now)]
        self._readjustments = 0
        return effects

    def _seen_elsewhere(self, outcome: Outcome, offered: SipUri) -> bool:
        """Whether the answer has told us that our Contact is another than we said."""
        contact = self._contact_uri(outcome.flow)
        if (contact.host, contact.port) == (offered.host, offered.port):
            return False
        self._readjustments += 1
        return self._readjustments <= MAXIMUM_READJUSTMENTS

    # Time

    def _refresh_s(self, expires_s: int) -> float:
        """How long to wait before the next REGISTER: never to the end, and never all at once."""
        margin = max(0.1 * expires_s, min(expires_s / 2, MARGIN_S))
        wait = (expires_s - margin) * (1 - 0.1 * self._endpoint.fraction())
        return max(wait, SHORTEST_REFRESH_S)

    def _keep_alive_s(self) -> float:
        shortest, longest = STREAM_KEEP_ALIVE_S
        if self.flow is not None and self.flow.transport is Transport.UDP:
            shortest, longest = DATAGRAM_KEEP_ALIVE_S
        if self._flow_timer_s:
            shortest, longest = FLOW_TIMER_SHARE * self._flow_timer_s, float(self._flow_timer_s)
        wait = shortest + (longest - shortest) * self._endpoint.fraction()
        return max(wait, SHORTEST_KEEP_ALIVE_S)

    def _refresh(self, now: float) -> list[Effect]:
        return [] if self.asking else self.register(now)

    def _keep_alive(self, now: float) -> list[Effect]:
        if self.flow is None:
            return []
        self._endpoint.alarms.set(self._keep_alive, now + self._keep_alive_s())
        return [] if self.asking else [KeepAlive(self.flow)]

    def _clear_alarms(self) -> None:
        for alarm in (self._refresh, self._keep_alive, self.register):
            self._endpoint.alarms.clear(alarm)


def loose(uri: SipUri) -> str:
    """A proxy as the value of a Route: loose routing, whether that is written or not (§16.12)."""
    return f"<{replace(uri, parameters=uri.parameters.with_value('lr', None))}>"


def _is_for_good(outcome: Outcome) -> bool:
    """Whether asking again without a change of the settings would only annoy the server."""
    if outcome.problem:
        return True
    authorized = {"Authorization", "Proxy-Authorization"} & {n for n, _ in outcome.request.headers}
    return outcome.code == 403 and bool(authorized)


def _same_flow(ours: Flow, failed: Flow) -> bool:
    if ours.transport is not failed.transport:
        return False
    if ours.connection and failed.connection:
        return ours.connection == failed.connection
    return ours.remote == failed.remote
