"""Where a request of ours is to go, and in whose name."""

from collections.abc import Callable
from dataclasses import dataclass

from sip.client.stand_in import StandIn
from sip.flow import Flow, Transport
from sip.syntax.uri import OpaqueUri, SipUri


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a request of ours is sent.

    First by `flow`, if there is one; without it, or when it fails, to what `hop` names. A way with
    neither leads nowhere.
    """

    flow: Flow | None = None
    """A connection that stands, or an address that is known to be right."""

    hop: SipUri | OpaqueUri | None = None
    """The first route, or the Request-URI where there is none or where it is a strict router
    (RFC 3261 §8.1.2)."""

    stand_in: StandIn | None = None
    """Where it goes when nobody at `flow` and `hop` could take it; None: nowhere."""

    transport: Transport | None = None
    """For a `hop` that names none; None: what DNS prefers, and UDP for an IP literal."""

    account: str = ""
    """Whose request it is; empty: nobody's, and no challenge is answered."""

    contact: Callable[[Flow], str] | None = None
    """The value of the request's Contact by the flow that it goes by (§8.1.1.8); None: it has none,
    or carries it already."""

    in_dialog: bool = False
    """Sent whatever the server said about being left alone: it has the dialog, and no other has."""

    next_sequence: Callable[[], int] | None = None
    """The next CSeq number of the dialog, for trying again; None: the request's plus one, as
    outside of dialogs."""
