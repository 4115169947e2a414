"""Our end of a call that has a peer: its dialog, its descriptions, and what may be sent in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sip.client.outcome import RequestId
from sip.client.way import Way
from sip.errors import MalformedHeader
from sip.flow import Flow
from sip.session.dialog import Dialog
from sip.session.endpoint import Effect, Endpoint, OutcomeHandler
from sip.session.events import SessionId
from sip.session.offer_answer import OfferAnswer
from sip.session.session_timer import SessionTimer
from sip.syntax.message import Request, Response
from sip.syntax.uri import SipUri


@dataclass(slots=True, kw_only=True)
class Leg:
    """What an exchange within a session needs to know and to do."""

    session: SessionId
    endpoint: Endpoint
    dialog: Dialog
    timer: SessionTimer
    negotiation: OfferAnswer = field(default_factory=OfferAnswer)
    account: str = ""
    """By whose server the call goes, so that its challenges are answered; empty: by nobody's."""
    peer_allows: frozenset[str] = frozenset()
    """Methods that the peer has said it understands."""

    def note_allowed(self, message: Request | Response) -> None:
        """Learn from a message of the peer what it understands, if it says so."""
        try:
            self.peer_allows = frozenset(message.allow) or self.peer_allows
        except MalformedHeader:
            return

    def request(
        self,
        method: str,
        now: float,
        handler: OutcomeHandler,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
    ) -> tuple[RequestId, list[Effect]]:
        """Send a request within the dialog."""
        request = self.dialog.request(method, headers=headers, body=body, content_type=content_type)
        return self.endpoint.request(request, self._way(), now, handler)

    def ack(self, sequence: int, body: bytes = b"") -> Effect:
        """The ACK for a 2xx to our INVITE number `sequence`; `body` answers the 2xx's offer.

        To be carried out for every copy of the 2xx.
        """
        return self.endpoint.ack(self.dialog.ack(sequence, body=body), self._way())

    def lose(self, flow: Flow) -> None:
        """Use this connection no more."""
        ours = self.dialog.flow
        if ours.connection and ours.connection == flow.connection:
            self.dialog.flow = replace(ours, connection=0)

    def move(self) -> None:
        """Say from now on where the peer finds us now, by no connection from where we were."""
        dialog = self.dialog
        flow, own = dialog.flow, dialog.contact.uri
        if not isinstance(own, SipUri):
            return
        contact = self.endpoint.contact(
            flow.transport,
            flow.remote.host,
            own.user,
            self.account,
            secure=own.scheme == "sips",
        )
        if isinstance(contact.uri, SipUri) and contact.uri.host != flow.local.host:
            dialog.flow = replace(flow, connection=0)
        dialog.contact = contact

    def _way(self) -> Way:
        """The connection that the peer uses while it stands, else the way that the dialog says."""
        flow, hop = self.dialog.flow, self.dialog.next_hop
        return Way(
            flow=flow if flow.connection or not isinstance(hop, SipUri) else None,
            hop=hop,
            transport=flow.transport,
            account=self.account,
            in_dialog=True,
            next_sequence=self.dialog.next_sequence,
        )
