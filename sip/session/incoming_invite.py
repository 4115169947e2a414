"""One INVITE of the peer, from its arrival to the ACK of our answer (RFC 3261 §13.3, §14.2)."""

import enum
from collections.abc import Callable, Iterable
from typing import Final

from sip.errors import IllegalStep
from sip.session.endpoint import Effect, description_in
from sip.session.leg import Leg
from sip.session.offer_answer import Step
from sip.syntax.message import Request, Response
from sip.transaction.effects import TransactionId
from sip.transaction.timers import T1, T2

ACK_WAIT_S: Final = 64 * T1
"""How long a 2xx is repeated before the dialog is given up (§13.3.1.4)."""

PROGRESS_EVERY_S: Final = 60.0
"""How often a provisional response is repeated, so that no proxy gives up (§13.3.1.1)."""


_REFUSALS: Final = range(300, 700)


def check_refusal(code: int) -> None:
    """Raise IllegalStep unless `code` refuses an INVITE."""
    if code not in _REFUSALS:
        raise IllegalStep(f"refusing with {code}, which is not within 300..699")


class Stage(enum.Enum):
    """How far the INVITE is."""

    UNANSWERED = "unanswered"
    ACCEPTED = "accepted, not acknowledged"
    DONE = "done"


class IncomingInvite:
    """An INVITE that opens a session or changes one, and our answers to it.

    Repeats the 2xx until its ACK comes; if none does, calls `on_silence` once.
    """

    def __init__(
        self,
        leg: Leg,
        transaction: TransactionId,
        request: Request,
        *,
        on_silence: Callable[[float], list[Effect]],
    ) -> None:
        self.transaction = transaction
        self.stage = Stage.UNANSWERED
        self.offer = description_in(request)
        self._leg = leg
        self.request = request
        self._on_silence = on_silence
        self._response: Response | None = None  # the last one, to be repeated
        self._gap = T1
        self.described = False
        """Our answer or offer went out in a reliable provisional response already."""
        leg.note_allowed(request)
        if self.offer:
            leg.negotiation.take(Step.RECEIVE_OFFER, self.offer)

    @property
    def unanswered(self) -> bool:
        """Whether the peer still waits for our final response."""
        return self.stage is Stage.UNANSWERED

    def progress(
        self,
        code: int,
        now: float,
        *,
        body: bytes = b"",
        headers: Iterable[tuple[str, str]] = (),
        lasting: bool = True,
    ) -> list[Effect]:
        """Send a provisional response; `body` lets the caller hear early media.

        A `lasting` one is repeated each minute.
        """
        if code == 100:
            return self._respond(code, now, headers=self._contact())
        fields = (*self._contact(), *self._leg.endpoint.capabilities, *headers)
        effects = self._respond(code, now, headers=fields, body=body)
        if lasting:
            self._leg.endpoint.alarms.set(self._repeat_progress, now + PROGRESS_EVERY_S)
        else:
            self._leg.endpoint.alarms.clear(self._repeat_progress)
        return effects

    def repeat(self, now: float) -> list[Effect]:
        """Send the last response once more."""
        if self._response is None:
            return []
        return self._leg.endpoint.send_again(self.transaction, self._response, now)

    def accept(self, body: bytes, now: float) -> list[Effect]:
        """Send 200; `body` answers the offer, or is ours when the INVITE had none.

        Where a reliable provisional response carried it already, it is not sent again.

        Raises:
            IllegalStep: `body` is empty, or the INVITE has its final response already.
        """
        if not body and not self.described:
            raise IllegalStep(
                "a 200 to INVITE must carry an answer or an offer (RFC 3261 §13.3.1.4)"
            )
        self._finish_progress()
        if self.described:
            body = b""
        else:
            self._leg.negotiation.take(Step.SEND_ANSWER if self.offer else Step.SEND_OFFER, body)
        self.stage = Stage.ACCEPTED
        alarms = self._leg.endpoint.alarms
        alarms.set(self._repeat_answer, now + self._gap)
        alarms.set(self._give_up, now + ACK_WAIT_S)
        timer = self._leg.timer.answer_fields(self.request, now)
        headers = (*self._contact(), *self._leg.endpoint.capabilities, *timer)
        return self._respond(200, now, headers=headers, body=body)

    def refuse(
        self,
        code: int,
        now: float,
        *,
        reason: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> list[Effect]:
        """Send a final response that is no 2xx; what was agreed before stays."""
        self._finish_progress()
        if self.offer and not self.described:
            self._leg.negotiation.take(Step.GIVE_UP)
        self.stage = Stage.DONE
        return self._respond(code, now, reason=reason, headers=headers)

    def acknowledge(self, ack: Request | None) -> bytes | None:
        """Note the ACK, or what implies it (None), and return the answer that it carries.

        None: it is not the ACK that was waited for. `b""`: it is, and carries no answer to an offer
        of ours; either none was due, or the peer owes it and never will pay.
        """
        if self.stage is not Stage.ACCEPTED:
            return None
        if ack is not None and ack.cseq.number != self.request.cseq.number:
            return None
        self._stop()
        if self.offer or self.described:
            return b""
        answer = b"" if ack is None else description_in(ack)
        self._leg.negotiation.take(Step.RECEIVE_ANSWER if answer else Step.GIVE_UP, answer)
        return answer

    def abandon(self, now: float) -> list[Effect]:
        """The session is over: 487 if the INVITE has no answer yet, and nothing is repeated."""
        if self.stage is Stage.UNANSWERED:
            return self.refuse(487, now)
        self._stop()
        return []

    def _respond(
        self,
        code: int,
        now: float,
        *,
        reason: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> list[Effect]:
        self._response, effects = self._leg.endpoint.respond(
            self.transaction,
            self.request,
            code,
            now,
            reason=reason,
            to_tag="" if code == 100 else (self._leg.dialog.local.tag),
            headers=headers,
            body=body,
        )
        return effects

    def _contact(self) -> tuple[tuple[str, str], ...]:
        return (("Contact", str(self._leg.dialog.contact)),)

    def _repeat_progress(self, now: float) -> list[Effect]:
        if self.stage is not Stage.UNANSWERED:
            return []
        self._leg.endpoint.alarms.set(self._repeat_progress, now + PROGRESS_EVERY_S)
        return self.repeat(now)

    def _repeat_answer(self, now: float) -> list[Effect]:
        if self.stage is not Stage.ACCEPTED:
            return []
        self._gap = min(2 * self._gap, T2)
        self._leg.endpoint.alarms.set(self._repeat_answer, now + self._gap)
        return self.repeat(now)

    def _give_up(self, now: float) -> list[Effect]:
        if self.stage is not Stage.ACCEPTED:
            return []
        self._stop()
        return self._on_silence(now)

    def _finish_progress(self) -> None:
        if self.stage is not Stage.UNANSWERED:
            raise IllegalStep(f"the INVITE is {self.stage.value}")
        self._leg.endpoint.alarms.clear(self._repeat_progress)

    def _stop(self) -> None:
        self.stage = Stage.DONE
        self._leg.endpoint.alarms.clear(self._repeat_answer)
        self._leg.endpoint.alarms.clear(self._give_up)
