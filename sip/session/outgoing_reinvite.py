"""One INVITE of ours within a session (RFC 3261 §14.1)."""

import enum
from collections.abc import Callable
from typing import Final

from sip.client.outcome import RequestId
from sip.errors import IllegalStep
from sip.session.endpoint import Effect, Outcome
from sip.session.events import AnswerArrived, OfferArrived, ReinviteRefused
from sip.session.glare import retry_wait_s
from sip.session.leg import Leg
from sip.session.offer_answer import Step
from sip.syntax.media_type import SDP

DIALOG_IS_GONE: Final = (408, 481)
"""Refusals of a request that end the whole dialog (RFC 3261 §12.2.1.2)."""


class Stage(enum.Enum):
    """How far the re-INVITE is."""

    WAITING = "waiting for its turn"
    SENT = "sent, without a final response"
    OWING = "accepted with an offer that we have to answer"
    DONE = "done"


class OutgoingReinvite:
    """A change that we ask for: tried again after a glare, acknowledged as often as needed.

    `may_start` says whether no INVITE of the peer is under way; `on_lost` is called when the
    response means that the dialog is gone.
    """

    def __init__(
        self,
        leg: Leg,
        offer: bytes,
        *,
        may_start: Callable[[], bool],
        on_lost: Callable[[Outcome, float], list[Effect]],
    ) -> None:
        self.stage = Stage.WAITING
        self._leg = leg
        self._offer = offer
        self._may_start = may_start
        self._on_lost = on_lost
        self._transaction: RequestId | None = None
        self._sequence = 0
        self._ack: Effect | None = None
        self._glare_over = True

    @property
    def done(self) -> bool:
        """Nothing more is to be expected of it, nor to be done."""
        return self.stage is Stage.DONE

    @property
    def waiting(self) -> bool:
        """It has not been sent, or has met a glare and will be sent again."""
        return self.stage is Stage.WAITING

    @property
    def owing(self) -> bool:
        """The peer's offer waits for `answer`."""
        return self.stage is Stage.OWING

    @property
    def under_way(self) -> bool:
        """An INVITE of the peer is a glare now."""
        return self.stage in (Stage.SENT, Stage.OWING)

    def replace(self, offer: bytes) -> None:
        """Offer something else when its turn comes."""
        self._offer = offer

    def start(self, now: float) -> list[Effect]:
        """Send it if it is its turn; to be called again when an INVITE of the peer is done with."""
        if self.stage is not Stage.WAITING or not self._glare_over or not self._may_start():
            return []
        if self._offer:
            self._leg.negotiation.take(Step.SEND_OFFER)
        self.stage = Stage.SENT
        self._transaction, effects = self._leg.request(
            "INVITE",
            now,
            self._on_outcome,
            headers=self._leg.endpoint.capabilities,
            body=self._offer,
            content_type=SDP if self._offer else "",
        )
        return effects

    def answer(self, body: bytes) -> list[Effect]:
        """Send the ACK with the answer to the offer of the 2xx.

        Raises:
            IllegalStep: no such offer is waiting, or `body` is empty.
        """
        if self.stage is not Stage.OWING or not body:
            raise IllegalStep(f"answering with {len(body)} bytes while {self.stage.value}")
        self._leg.negotiation.take(Step.SEND_ANSWER)
        self.stage = Stage.DONE
        return self._acknowledge(body)

    def abandon(self, now: float) -> list[Effect]:
        """The session is over: the INVITE is taken back, a 2xx still gets its ACK."""
        stage, self.stage = self.stage, Stage.DONE
        self._leg.endpoint.alarms.clear(self._try_again)
        if stage is Stage.OWING:
            return self._acknowledge(b"")
        if stage is Stage.SENT and self._transaction is not None:
            return self._leg.endpoint.cancel(self._transaction, now)
        return []

    def _on_outcome(self, outcome: Outcome, now: float) -> list[Effect]:
        if not outcome.final:
            return []
        if not outcome.refused:
            return self._on_success(outcome)
        if self.stage is not Stage.SENT:
            return []
        if self._offer:
            self._leg.negotiation.take(Step.GIVE_UP)
        if outcome.code == 491:
            wait = retry_wait_s(
                self._leg.endpoint.fraction(), owns_call_id=self._leg.dialog.owns_call_id
            )
            self.stage, self._glare_over = Stage.WAITING, False
            self._leg.endpoint.alarms.set(self._try_again, now + wait)
            return []
        self.stage = Stage.DONE
        if outcome.code in DIALOG_IS_GONE:
            return self._on_lost(outcome, now)
        return [ReinviteRefused(self._leg.session, outcome.code, outcome.reason)]

    def _on_success(self, outcome: Outcome) -> list[Effect]:
        self._sequence = outcome.request.cseq.number
        if self._ack is not None:
            return [self._ack]
        if self.stage is Stage.OWING:
            return []
        if self.stage is Stage.DONE:  # abandoned meanwhile
            return self._acknowledge(b"")
        if outcome.response is not None:
            self._leg.dialog.refresh(outcome.response)
        body, session = outcome.description, self._leg.session
        if body and not self._offer:
            self._leg.negotiation.take(Step.RECEIVE_OFFER)
            self.stage = Stage.OWING
            return [OfferArrived(session, body)]
        if self._offer:
            self._leg.negotiation.take(Step.RECEIVE_ANSWER if body else Step.GIVE_UP)
        self.stage = Stage.DONE
        return [*self._acknowledge(b""), AnswerArrived(session, body)]

    def _acknowledge(self, body: bytes) -> list[Effect]:
        self._ack = self._leg.ack(self._sequence, body)
        return [self._ack]

    def _try_again(self, now: float) -> list[Effect]:
        self._glare_over = True
        return self.start(now)
