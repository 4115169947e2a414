"""One request of ours, with what it has been through so far."""

import enum
from dataclasses import dataclass, field, replace
from typing import Final

from sip.client.outcome import Outcome, RequestId
from sip.client.redirection import Redirection
from sip.client.stand_in import StandIn
from sip.client.way import Way
from sip.flow import Address, Flow, Transport
from sip.location.effects import LookupId
from sip.syntax.cseq import CSeq
from sip.syntax.headers import Headers
from sip.syntax.message import Request
from sip.syntax.uri import OpaqueUri, SipUri
from sip.syntax.via import Via
from sip.transaction.effects import TransactionId

_CREDENTIALS: Final = ("Authorization", "Proxy-Authorization")


class Stage(enum.Enum):
    """How far a request is."""

    LOCATING = "waiting for addresses"
    SENT = "waiting for an answer"
    ACCEPTED = "accepted: copies and forks of the 2xx may come"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One transaction."""

    transaction: TransactionId
    flow: Flow
    request: Request
    """As it was sent, all but its Via."""

    via: Via
    switched_from: Flow | None = None
    """The UDP flow for which the request was too long, where it went by TCP because of that."""

    @property
    def server(self) -> tuple[Transport, Address]:
        """Whom it was sent to."""
        return self.flow.transport, self.flow.remote


@dataclass(slots=True, kw_only=True)
class ClientRequest:
    """One request of ours, with what it has been through so far."""

    id: RequestId
    request: Request
    """As it is to be sent next, all but its Via and credentials."""

    way: Way
    hop: SipUri | OpaqueUri | None
    """Where it has still to be located; None: nowhere else."""

    stage: Stage = Stage.LOCATING
    lookup: LookupId | None = None
    flows: list[Flow] = field(default_factory=list)
    """Where it goes when the present attempt fails, the best first."""

    attempt: Attempt | None = None
    failure: Outcome | None = None
    """What the last attempt came to, to be told when there is no other."""

    stand_in: StandIn | None = None
    """Where it goes when all the servers here fail; None: nowhere, or somebody has answered."""

    redirection: Redirection | None = None
    tries: int = 0
    unanswered: set[tuple[Transport, Address]] = field(default_factory=set)
    """Who was given all the time there is; not asked again by another connection."""

    challenges: int = 0
    cancelled: bool = False

    def renumber(self) -> None:
        """Give the request the CSeq of a new one (RFC 3261 §8.1.3.5, §22.2)."""
        cseq = self.request.cseq
        following = self.way.next_sequence
        number = cseq.number + 1 if following is None else following()
        self.request = with_field(self.request, "CSeq", str(CSeq(number, cseq.method)))


def with_field(request: Request, name: str, value: str) -> Request:
    """The same request with one field of this name, where it stood or at the end."""
    if name not in request.headers:
        return replace(request, headers=request.headers.with_added(name, value))
    fields = ((field, value if field == name else old) for field, old in request.headers)
    return replace(request, headers=Headers(fields))


def without_credentials(request: Request) -> Request:
    """The request as it may be sent to anybody."""
    headers = request.headers
    for name in _CREDENTIALS:
        headers = headers.without(name)
    return replace(request, headers=headers)


def with_credentials_of(ack: Request, invite: Request) -> Request:
    """The ACK for a 2xx with the credentials that its INVITE had (RFC 3261 §22.1)."""
    credentials = [field for field in invite.headers if field[0] in _CREDENTIALS]
    return replace(ack, headers=Headers((*ack.headers, *credentials)))
