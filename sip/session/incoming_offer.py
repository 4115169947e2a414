"""An offer of the peer that no INVITE carried, until it is answered (RFC 3311 §5.2, RFC 3262)."""

from collections.abc import Iterable
from typing import Final, Protocol

from sip.errors import IllegalStep
from sip.session.endpoint import Effect, description_in
from sip.session.leg import Leg
from sip.session.offer_answer import Step
from sip.syntax.message import Request
from sip.transaction.effects import TransactionId

LATER: Final = 500
"""The code of what came while another offer is unanswered, with a Retry-After (RFC 3311 §5.2)."""


class PendingOffer(Protocol):
    """An offer that the application has been told of and that no INVITE carried."""

    def accept(self, body: bytes, now: float) -> list[Effect]:
        """Answer it; raises IllegalStep if `body` is empty."""

    def refuse(self, code: int, now: float) -> list[Effect]:
        """Refuse it; raises IllegalStep where that is not possible."""

    def abandon(self, now: float) -> list[Effect]:
        """The session is over."""

    def within(self, leg: Leg) -> bool:
        """Whether it came in this dialog."""


class IncomingOffer:
    """An UPDATE, or a PRACK that goes on to offer a change, which we must answer soon."""

    def __init__(self, leg: Leg, transaction: TransactionId, request: Request) -> None:
        self._leg = leg
        self._transaction = transaction
        self._request = request
        leg.negotiation.take(Step.RECEIVE_OFFER, description_in(request))

    def accept(self, body: bytes, now: float) -> list[Effect]:
        """Send 200 with the answer."""
        if not body:
            raise IllegalStep("an answer must not be empty")
        self._leg.negotiation.take(Step.SEND_ANSWER, body)
        return accept_request(self._leg, self._transaction, self._request, now, body=body)

    def refuse(self, code: int, now: float) -> list[Effect]:
        """Send `code`; what was agreed before stays."""
        self._leg.negotiation.take(Step.GIVE_UP)
        return self._respond(code, now)

    def abandon(self, now: float) -> list[Effect]:
        """The session is over, and the request must not stay without an answer."""
        return self._respond(487, now)

    def within(self, leg: Leg) -> bool:
        """Whether it came in this dialog."""
        return self._leg is leg

    def _respond(self, code: int, now: float) -> list[Effect]:
        return self._leg.endpoint.respond(self._transaction, self._request, code, now)[1]


def accept_request(
    leg: Leg, transaction: TransactionId, request: Request, now: float, *, body: bytes = b""
) -> list[Effect]:
    """Send 200 to an UPDATE, which refreshes target and timer (RFC 3311 §5.2), or to a PRACK."""
    headers: Iterable[tuple[str, str]] = ()
    if request.method == "UPDATE":
        leg.dialog.refresh(request)
        headers = (
            ("Contact", str(leg.dialog.contact)),
            *leg.endpoint.capabilities,
            *leg.timer.answer_fields(request, now),
        )
    return leg.endpoint.respond(transaction, request, 200, now, headers=headers, body=body)[1]
