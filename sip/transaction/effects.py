"""What the transaction layer wants done and has to tell, as values in order."""

from dataclasses import dataclass
from typing import NewType

from sip.flow import Flow
from sip.location.effects import Locate
from sip.syntax.message import Request, Response

TransactionId = NewType("TransactionId", int)
"""Names one transaction of one layer; never used twice, so a late word about an old one is safe."""


@dataclass(frozen=True, slots=True)
class Send:
    """Write `message` to the network.

    With `flow.connection` set, on that connection while it stands; otherwise, and for reliable
    transports without one, on a connection to `flow.remote`, opened if there is none.
    """

    message: Request | Response
    flow: Flow


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """See now whether `flow` still leads to the server, and keep the NATs on the way open.

    One question: the client that registered by the flow asks again when it is time
    (RFC 5626 §4.4). On a stream connection it is a double CRLF that has to be answered within 10 s
    (§3.5.1), on UDP a STUN binding request (§3.5.2), or a double CRLF to a server that does not
    know STUN. Good news is not told. `flow_failed` follows when no answer comes, and when the
    server sees us at another address than before; a stream connection is closed then.
    """

    flow: Flow


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """Close the stream connection of `flow` at once, also one that is only being opened.

    For a connection over which a request timed out: it may be dead without anybody having told,
    and must not carry the next try. `flow_failed` follows. Nothing happens on UDP.
    """

    flow: Flow


TransportEffect = Send | KeepAlive | CloseConnection | Locate
"""What the transport carries out; everything else is for the application."""


@dataclass(frozen=True, slots=True)
class RequestArrived:
    """A new request, never a retransmission nor an ACK; answer it with `send_response`.

    Its topmost Via already says where it came from (RFC 3261 §18.2.1, RFC 3581 §4).
    """

    transaction: TransactionId
    request: Request
    flow: Flow


@dataclass(frozen=True, slots=True)
class AckArrived:
    """An ACK for a 2xx: it belongs to a dialog, not to a transaction (RFC 3261 §13.3.1.4)."""

    request: Request
    flow: Flow


@dataclass(frozen=True, slots=True)
class ResponseArrived:
    """An answer to our request: each provisional, one final, and every copy of a 2xx to INVITE."""

    transaction: TransactionId
    response: Response
    flow: Flow


@dataclass(frozen=True, slots=True)
class TransactionTimedOut:
    """Timer B, F or H: our request got no final answer, or our refusal no ACK. It is over."""

    transaction: TransactionId


@dataclass(frozen=True, slots=True)
class TransactionFailed:
    """The network would not take a message of this transaction.

    It is over, except where it is an INVITE of the peer: that stands, and another answer may still
    be tried (RFC 6026 §7.1).
    """

    transaction: TransactionId


TransactionEvent = (
    RequestArrived | AckArrived | ResponseArrived | TransactionTimedOut | TransactionFailed
)
Effect = Send | TransactionEvent
