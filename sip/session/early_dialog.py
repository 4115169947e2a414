"""What one of those who ring for our call has told so far (RFC 3261 §12.1.2, RFC 3262 §4)."""

from typing import Final

from sip.errors import IllegalStep, MalformedHeader
from sip.session.capabilities import RELIABLE
from sip.session.endpoint import Effect, Outcome
from sip.session.leg import Leg
from sip.session.offer_answer import Step
from sip.syntax.media_type import SDP
from sip.syntax.message import Response
from sip.syntax.rack import RAck

_NO_RSEQ: Final = 0


class EarlyDialog:
    """A dialog that no 2xx has confirmed, and its provisional responses in their order."""

    def __init__(self, leg: Leg) -> None:
        self.leg = leg
        self.answer = b""
        """How it described itself, for the case that its 2xx does not."""
        self._rseq = _NO_RSEQ

    def is_next(self, rseq: int) -> bool:
        """Whether a reliable response is new and none before it is missing (RFC 3262 §4)."""
        return self._rseq == _NO_RSEQ or rseq == self._rseq + 1

    def take(self, rseq: int) -> None:
        """Note a reliable response, whose PRACK follows at once or when its offer is answered."""
        self._rseq = rseq

    def acknowledge(self, response: Response, now: float, *, answer: bytes = b"") -> list[Effect]:
        """Send the PRACK for a reliable response; `answer` to the offer that it carries."""
        rack = RAck(reliable_number(response), response.cseq.number, response.cseq.method)
        _, effects = self.leg.request(
            "PRACK",
            now,
            _nobody_cares,
            headers=[("RAck", str(rack))],
            body=answer,
            content_type=SDP if answer else "",
        )
        return effects


class ProvisionalOffer:
    """The peer's offer in a reliable provisional response: only the PRACK can answer it."""

    def __init__(self, early: EarlyDialog, response: Response, offer: bytes) -> None:
        self._early = early
        self._response = response
        early.leg.negotiation.take(Step.RECEIVE_OFFER, offer)

    def accept(self, body: bytes, now: float) -> list[Effect]:
        """Send the PRACK with the answer."""
        if not body:
            raise IllegalStep("an answer must not be empty")
        self._early.leg.negotiation.take(Step.SEND_ANSWER, body)
        return self._early.acknowledge(self._response, now, answer=body)

    def refuse(self, code: int, _now: float) -> list[Effect]:
        """There is no way but to give the call up (RFC 6337 §3.2)."""
        raise IllegalStep(f"an offer in a response cannot be refused, with {code} or otherwise")

    def abandon(self, _now: float) -> list[Effect]:
        """The call is over or was answered without it: nothing is owed."""
        self._early.leg.negotiation.take(Step.GIVE_UP)
        return []

    def within(self, leg: Leg) -> bool:
        """Whether it came in this dialog."""
        return self._early.leg is leg


def reliable_number(response: Response) -> int:
    """The RSeq of a response that wants a PRACK; 0 of one that does not (RFC 3262 §4)."""
    try:
        wanted = RELIABLE in {tag.lower() for tag in response.require}
        rseq = response.rseq or _NO_RSEQ
    except MalformedHeader:
        return _NO_RSEQ
    return rseq if wanted else _NO_RSEQ


def _nobody_cares(_outcome: Outcome, _now: float) -> list[Effect]:
    return []
