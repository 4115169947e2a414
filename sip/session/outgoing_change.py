"""One re-INVITE or UPDATE of ours within a session (RFC 3261 §14.1, RFC 3311 §5.1, RFC 4028 §7.4).

A re-INVITE changes a session that is established, and may ask for the peer's offer. An UPDATE needs
no ACK and is also allowed before the call is answered.
"""

import enum
from collections.abc import Callable
from typing import Final

from sip.client.outcome import RequestId
from sip.errors import IllegalStep
from sip.session.endpoint import Effect, Outcome
from sip.session.events import AnswerArrived, OfferArrived, RefreshAnswered, ReinviteRefused
from sip.session.glare import retry_wait_s
from sip.session.leg import Leg
from sip.session.offer_answer import Step
from sip.syntax.media_type import SDP

DIALOG_IS_GONE: Final = (408, 481)
"""Refusals of a request that end the whole dialog (RFC 3261 §12.2.1.2)."""

_METHOD_IS_UNKNOWN: Final = (405, 501)


class Stage(enum.Enum):
    """How far the request is."""

    WAITING = "waiting for its turn"
    SENT = "sent, without a final response"
    OWING = "accepted with an offer that we have to answer"
    DONE = "done"


class OutgoingChange:
    """A change that we ask for: tried again after a glare, acknowledged as often as needed.

    `may_start` says whether nothing that the peer has asked for is under way; `on_lost` is called
    when the response means that the dialog is gone. A `refresh` changes nothing and only shows
    that we are there; it is told only if the peer takes it for a chance to change something.
    """

    def __init__(
        self,
        leg: Leg,
        offer: bytes,
        *,
        method: str,
        may_start: Callable[[], bool],
        on_lost: Callable[[Outcome, float], list[Effect]],
        refresh: bool = False,
    ) -> None:
        self.stage = Stage.WAITING
        self.leg = leg
        self._offer = offer
        self._method = method
        self._may_start = may_start
        self._on_lost = on_lost
        self._refresh = refresh
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
        return self._method == "INVITE" and self.stage in (Stage.SENT, Stage.OWING)

    def replace(self, offer: bytes) -> None:
        """Offer something else when its turn comes."""
        self._offer, self._refresh = offer, False
        if not offer:
            self._method = "INVITE"  # nothing else asks for an offer

    def start(self, now: float) -> list[Effect]:
        """Send it if it is its turn; to be called again when a request of the peer is done with."""
        if self.stage is not Stage.WAITING or not self._glare_over or not self._may_start():
            return []
        if self._offer:
            self.leg.negotiation.take(Step.SEND_OFFER, self._offer)
        self.stage = Stage.SENT
        self._transaction, effects = self.leg.request(
            self._method,
            now,
            self._on_outcome,
            headers=(*self.leg.endpoint.capabilities, *self.leg.timer.request_fields()),
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
        self.leg.negotiation.take(Step.SEND_ANSWER, body)
        self.stage = Stage.DONE
        return self._acknowledge(body)

    def abandon(self, now: float) -> list[Effect]:
        """The session is over: an INVITE is taken back, a 2xx still gets its ACK."""
        stage, self.stage = self.stage, Stage.DONE
        self.leg.endpoint.alarms.clear(self._try_again)
        if stage is Stage.OWING:
            return self._acknowledge(b"")
        if stage is Stage.SENT and self._transaction is not None:
            return self.leg.endpoint.cancel(self._transaction, now)
        return []

    def _on_outcome(self, outcome: Outcome, now: float) -> list[Effect]:
        if not outcome.final:
            return []
        if not outcome.refused:
            return self._on_success(outcome, now)
        if self.stage is not Stage.SENT:
            return []
        if self._offer:
            self.leg.negotiation.take(Step.GIVE_UP)
        if outcome.code == 491:
            wait = retry_wait_s(
                self.leg.endpoint.fraction(), owns_call_id=self.leg.dialog.owns_call_id
            )
            self.stage, self._glare_over = Stage.WAITING, False
            self.leg.endpoint.alarms.set(self._try_again, now + wait)
            return []
        if self._mends(outcome):
            self.stage = Stage.WAITING
            return self.start(now)
        self.stage = Stage.DONE
        if outcome.code in DIALOG_IS_GONE:
            return self._on_lost(outcome, now)
        if self._refresh:
            self.leg.timer.try_later(now)
            return []
        return [ReinviteRefused(self.leg.session, outcome.code, outcome.reason)]

    def _mends(self, outcome: Outcome) -> bool:
        """Whether the same once more, with what the refusal asks for, may do."""
        if outcome.code == 422 and outcome.response is not None:
            return self.leg.timer.too_brief(outcome.response)
        if outcome.code in _METHOD_IS_UNKNOWN and self._method == "UPDATE" and self._refresh:
            self.leg.peer_allows -= {"UPDATE"}
            self._method, self._offer = "INVITE", self.leg.negotiation.local
            return True
        return False

    def _on_success(self, outcome: Outcome, now: float) -> list[Effect]:
        if self._ack is not None:
            return [self._ack]
        if self.stage is Stage.OWING:
            return []
        if outcome.response is not None:
            self._sequence = outcome.response.cseq.number
        if self.stage is Stage.DONE:  # abandoned meanwhile
            return self._acknowledge(b"")
        if outcome.response is not None:
            self.leg.dialog.refresh(outcome.response)
            self.leg.note_allowed(outcome.response)
            self.leg.timer.take_response(outcome.response, now)
        body, session = outcome.description, self.leg.session
        if body and not self._offer and self._method == "INVITE":
            self.leg.negotiation.take(Step.RECEIVE_OFFER, body)
            self.stage = Stage.OWING
            return [OfferArrived(session, body)]
        before = self.leg.negotiation.remote
        if self._offer:
            self.leg.negotiation.take(Step.RECEIVE_ANSWER if body else Step.GIVE_UP, body)
        self.stage = Stage.DONE
        acknowledged = self._acknowledge(b"")
        if not self._refresh:
            return [*acknowledged, AnswerArrived(session, body)]
        if not self._offer or body in (b"", before):
            return acknowledged
        return [*acknowledged, RefreshAnswered(session, self._offer, body)]

    def _acknowledge(self, body: bytes) -> list[Effect]:
        if self._method != "INVITE":
            return []
        self._ack = self.leg.ack(self._sequence, body)
        return [self._ack]

    def _try_again(self, now: float) -> list[Effect]:
        self._glare_over = True
        return self.start(now)
