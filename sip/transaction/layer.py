"""All transactions of one user agent (RFC 3261 §17)."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sip.errors import IllegalStep, MalformedHeader
from sip.flow import Flow
from sip.syntax.message import Request, Response
from sip.transaction.deadlines import Deadlines
from sip.transaction.effects import (
    AckArrived,
    Effect,
    RequestArrived,
    Send,
    TransactionFailed,
    TransactionId,
)
from sip.transaction.invite_client import InviteClient
from sip.transaction.invite_server import InviteServer
from sip.transaction.matching import (
    ClientKey,
    ServerKey,
    client_key_of_request,
    client_key_of_response,
    same_sent_by,
    server_key,
)
from sip.transaction.non_invite_client import NonInviteClient
from sip.transaction.non_invite_server import NonInviteServer
from sip.transaction.response_path import response_flow, with_source
from sip.transaction.stateless_refusal import stateless_refusal
from sip.transaction.timers import TIMER_F

Client = InviteClient | NonInviteClient
Server = InviteServer | NonInviteServer

RETRY_AFTER_S: Final = int(TIMER_F)
"""What a request that found the table full is told: by then, today's transactions are over."""

MAXIMUM_TRANSACTIONS: Final = 4096
"""Transactions of peers. An INVITE stays for 32 s after its answer, so this many allow 128 calls
a second; answered requests of other methods give way when the table is full."""

MAXIMUM_BYTES: Final = 16 * 2**20
"""What the messages of peers' transactions may weigh together: 4096 of 4 KiB, or 256 of the
longest."""

_FIELD_BYTES: Final = 200
"""What a header field weighs besides its text: two strings and a pair of them."""


@dataclass(slots=True)
class DroppedMessages:
    """How many messages were dropped, by reason."""

    stray_responses: int = 0
    """Answers to nothing that we asked, or not from where we asked (RFC 3261 §18.1.2)."""

    unreadable: int = 0
    """Messages whose Via, CSeq, From, To or Call-ID makes no sense."""

    over_limit: int = 0
    """Requests refused with 503 because the table was full."""

    answers_forgotten: int = 0
    """Answers dropped before their time because the table was full; a copy of such a request would
    count as a new one."""


class TransactionLayer:
    """Matches messages to transactions and keeps them.

    Opens no socket and reads no clock: each input takes `now` (monotonic seconds) and returns what
    to do, in order; call `on_timer(now)` when `deadline` has passed. Holds at most `maximum`
    transactions of peers, or what weighs `maximum_bytes`, besides the CANCELs for them; and
    `maximum` of its own.
    """

    def __init__(
        self, *, maximum: int = MAXIMUM_TRANSACTIONS, maximum_bytes: int = MAXIMUM_BYTES
    ) -> None:
        self.dropped = DroppedMessages()
        self._maximum = maximum
        self._maximum_bytes = maximum_bytes
        self._bytes = 0
        self._weights: dict[TransactionId, int] = {}  # of servers, their sum in `_bytes`
        self._answered: dict[TransactionId, None] = {}  # may give way, the oldest first
        self._serial = itertools.count(1)
        self._clients: dict[TransactionId, Client] = {}
        self._client_keys: dict[ClientKey, TransactionId] = {}
        self._servers: dict[TransactionId, Server] = {}
        self._server_keys: dict[ServerKey, TransactionId] = {}
        self._keys: dict[TransactionId, ClientKey | ServerKey] = {}
        self._deadlines: Deadlines[TransactionId] = Deadlines()

    def __len__(self) -> int:
        """How many transactions stand."""
        return len(self._clients) + len(self._servers)

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is due next; None while nothing waits for time to pass."""
        return self._deadlines.next

    def send_request(
        self, request: Request, flow: Flow, now: float, *, patience_s: float = TIMER_F
    ) -> tuple[TransactionId, list[Effect]]:
        """Send a request of ours, which has its Via already, and follow it to its final response.

        It is given up when nothing at all has answered it within `patience_s`, 32 s at most.

        Not for an ACK to a 2xx, which belongs to no transaction, nor for CANCEL (see `cancel`).
        When too many requests of ours are unanswered, this one fails at once.

        Raises:
            IllegalStep: an ACK or CANCEL, or a branch that is in use.
        """
        key = client_key_of_request(request)
        if request.method in ("ACK", "CANCEL"):
            raise IllegalStep(f"{request.method} is not for send_request (RFC 3261 §9.1, §17)")
        if key in self._client_keys:
            raise IllegalStep(f"branch {key.branch!r} is in use: one transaction, one branch")
        transaction = TransactionId(next(self._serial))
        if len(self._clients) >= self._maximum:
            return transaction, [TransactionFailed(transaction)]
        patience_s = min(patience_s, TIMER_F)
        kind = InviteClient if request.method == "INVITE" else NonInviteClient
        return transaction, self._start(kind(transaction, request, flow, now, patience_s), key)

    def send_response(
        self, transaction: TransactionId, response: Response, now: float
    ) -> list[Effect]:
        """Answer the request of `transaction`; nothing happens when it is over.

        A 2xx to INVITE may be sent again while its copies of the INVITE are absorbed (32 s).

        Raises:
            IllegalStep: a response to INVITE that the last one does not allow.
        """
        server = self._servers.get(transaction)
        if server is None:
            return []
        effects = server.send(response, now)
        self._settle(server)
        return effects

    def cancel(
        self,
        transaction: TransactionId,
        now: float,
        *,
        headers: Iterable[tuple[str, str]] = (),
    ) -> list[Effect]:
        """Take our INVITE back (RFC 3261 §9.1), at once or after its first provisional response.

        The INVITE still ends by a response (487, or a 2xx that was faster) or times out. Its
        CANCEL is followed here and not told of. `headers` are added to it (`Reason`, RFC 3326).
        """
        client = self._clients.get(transaction)
        if not isinstance(client, InviteClient):
            return []
        client.want_cancel(tuple(headers))
        return self._send_owed_cancel(client, now)

    def matching_invite(self, cancel: Request) -> TransactionId | None:
        """The INVITE of the peer that its `cancel` is for (RFC 3261 §9.2), answered or not."""
        try:
            return self._server_keys.get(server_key(cancel, method="INVITE"))
        except MalformedHeader:
            return None

    def receive(self, message: Request | Response, flow: Flow, now: float) -> list[Effect]:
        """Take a parsed message that came by `flow`."""
        try:
            if isinstance(message, Response):
                return self._on_response(message, flow, now)
            if message.method == "ACK":
                return self._on_ack(message, flow, now)
            return self._on_request(message, flow, now)
        except MalformedHeader:
            self.dropped.unreadable += 1
            return []

    def flow_failed(self, flow: Flow, now: float) -> list[Effect]:
        """Nothing can be sent by `flow`, or its connection closed."""
        effects: list[Effect] = []
        for client in [each for each in self._clients.values() if _travels(each.flow, flow)]:
            effects += self._told(client, client.on_transport_error(now))
            self._settle(client)
        # A lost connection is no reason to end these: an answer goes by a new one (§18.2.2).
        for server in [each for each in self._servers.values() if each.flow == flow]:
            effects += server.on_transport_error(now)
            self._settle(server)
        return effects

    def on_timer(self, now: float) -> list[Effect]:
        """Let the time until `now` pass."""
        effects: list[Effect] = []
        for transaction in self._deadlines.take_due(now):
            machine = self._clients.get(transaction) or self._servers[transaction]
            effects += self._told(machine, machine.on_timer(now))
            self._settle(machine)
        return effects

    def _start(self, client: Client, key: ClientKey) -> list[Effect]:
        self._clients[client.transaction] = client
        self._client_keys[key] = client.transaction
        self._keys[client.transaction] = key
        self._deadlines.set(client.transaction, client.deadline)
        return client.start()

    def _on_response(self, response: Response, flow: Flow, now: float) -> list[Effect]:
        transaction = self._client_keys.get(client_key_of_response(response))
        client = None if transaction is None else self._clients[transaction]
        # §18.1.2: not sent for us; §8.1.3.3: more than one Via shows that it went astray.
        if (
            client is None
            or len(response.vias) != 1
            or not same_sent_by(client.request.top_via, response.top_via)
        ):
            self.dropped.stray_responses += 1
            return []
        effects = self._told(client, client.on_response(response, flow, now))
        if isinstance(client, InviteClient):
            effects += self._send_owed_cancel(client, now)
        self._settle(client)
        return effects

    def _on_ack(self, ack: Request, flow: Flow, now: float) -> list[Effect]:
        invite = self._acknowledged_invite(ack)
        if invite is None:
            return [AckArrived(ack, flow)]
        effects = invite.on_ack(ack, flow, now)
        self._settle(invite)
        return effects

    def _acknowledged_invite(self, ack: Request) -> InviteServer | None:
        key = server_key(ack)
        if not key.legacy:
            found = self._servers.get(self._server_keys.get(key, _NOBODY))
            return found if isinstance(found, InviteServer) else None
        # RFC 2543: the To tag is that of our response; the INVITE itself may have had none.
        for candidate in (key, server_key(ack, to_tag="")):
            found = self._servers.get(self._server_keys.get(candidate, _NOBODY))
            if isinstance(found, InviteServer) and found.answered_to_tag == ack.to.tag:
                return found
        return None

    def _on_request(self, request: Request, flow: Flow, now: float) -> list[Effect]:
        key = server_key(request)
        if (known := self._server_keys.get(key)) is not None:
            return self._servers[known].on_request(now)
        request = with_source(request, flow)
        answers_go_to = response_flow(request, flow)
        weight = _weight(request)
        if not self._make_room(weight) and not self._cancels(request):
            self.dropped.over_limit += 1
            refusal = stateless_refusal(request, 503, headers=[("Retry-After", str(RETRY_AFTER_S))])
            return [Send(refusal, answers_go_to)]
        transaction = TransactionId(next(self._serial))
        server: Server
        if request.method == "INVITE":
            server = InviteServer(transaction, request, answers_go_to, now)
        else:
            server = NonInviteServer(transaction, answers_go_to, now)
        self._servers[transaction] = server
        self._server_keys[key] = transaction
        self._keys[transaction] = key
        self._weights[transaction] = weight
        self._bytes += weight
        self._deadlines.set(transaction, server.deadline)
        return [RequestArrived(transaction, request, flow)]

    def _make_room(self, weight: int) -> bool:
        """Whether there is room now, if need be in place of what has been answered longest."""
        while len(self._servers) >= self._maximum or self._bytes + weight > self._maximum_bytes:
            oldest = next(iter(self._answered), None)
            if oldest is None:
                return False
            self.dropped.answers_forgotten += 1
            self._forget(oldest)
        return True

    def _cancels(self, request: Request) -> bool:
        # A full table must not keep callers from giving up; each INVITE has one CANCEL at most.
        return request.method == "CANCEL" and self.matching_invite(request) is not None

    def _send_owed_cancel(self, invite: InviteClient, now: float) -> list[Effect]:
        cancel = invite.take_cancel(now)
        if cancel is None:
            return []
        self._deadlines.set(invite.transaction, invite.deadline)
        transaction = TransactionId(next(self._serial))
        client = NonInviteClient(transaction, cancel, invite.flow, now)
        return self._start(client, client_key_of_request(cancel))

    def _told(self, machine: Client | Server, effects: list[Effect]) -> list[Effect]:
        """Without the events of a CANCEL of ours, which nobody outside knows."""
        if isinstance(machine, NonInviteClient) and machine.request.method == "CANCEL":
            return [effect for effect in effects if isinstance(effect, Send)]
        return effects

    def _settle(self, machine: Client | Server) -> None:
        """After an input: keep the deadline right, or forget what is over."""
        transaction = machine.transaction
        if machine.terminated:
            self._forget(transaction)
            return
        self._deadlines.set(transaction, machine.deadline)
        if isinstance(machine, NonInviteServer) and machine.answered:
            self._answered[transaction] = None

    def _forget(self, transaction: TransactionId) -> None:
        self._deadlines.set(transaction, None)
        key = self._keys.pop(transaction)
        if isinstance(key, ClientKey):
            del self._clients[transaction]
            del self._client_keys[key]
        else:
            del self._servers[transaction]
            del self._server_keys[key]
            self._bytes -= self._weights.pop(transaction)
            self._answered.pop(transaction, None)


_NOBODY: Final = TransactionId(0)


def _weight(request: Request) -> int:
    """Roughly what a transaction keeps in memory because of `request`, in bytes."""
    fields = sum(len(name) + len(value) + _FIELD_BYTES for name, value in request.headers)
    return fields + len(request.body)


def _travels(flow: Flow, failed: Flow) -> bool:
    """Whether what was sent by `flow` depends on `failed`."""
    if flow.transport is not failed.transport:
        return False
    if flow.connection and failed.connection:
        return flow.connection == failed.connection
    return flow.remote == failed.remote and flow.tls == failed.tls
