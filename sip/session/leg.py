"""Our end of a call that has a peer: its dialog, its descriptions, and what may be sent in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sip.flow import Flow
from sip.session.dialog import Dialog
from sip.session.endpoint import Effect, Endpoint, OutcomeHandler
from sip.session.events import SessionId
from sip.session.offer_answer import OfferAnswer
from sip.transaction.effects import Send, TransactionId


@dataclass(slots=True, kw_only=True)
class Leg:
    """What an exchange within a session needs to know and to do."""

    session: SessionId
    endpoint: Endpoint
    dialog: Dialog
    negotiation: OfferAnswer = field(default_factory=OfferAnswer)

    def request(
        self,
        method: str,
        now: float,
        handler: OutcomeHandler,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
    ) -> tuple[TransactionId, list[Effect]]:
        """Send a request within the dialog."""
        request = self.dialog.request(method, headers=headers, body=body, content_type=content_type)
        return self.endpoint.request(request, self._flow(), now, handler)

    def ack(self, sequence: int, body: bytes = b"") -> Send:
        """The ACK for a 2xx to our INVITE number `sequence`; `body` answers the 2xx's offer."""
        return self.endpoint.ack(self.dialog.ack(sequence, body=body), self._flow())

    def lose(self, flow: Flow) -> None:
        """Use this connection no more."""
        ours = self.dialog.flow
        if ours.connection and ours.connection == flow.connection:
            self.dialog.flow = replace(ours, connection=0)

    def _flow(self) -> Flow:
        """The connection that the peer uses while it stands, else the way that the dialog says."""
        if self.dialog.flow.connection:
            return self.dialog.flow
        return self.endpoint.flow_to(self.dialog.next_hop, self.dialog.flow)
