"""Provisional responses that the caller acknowledges by PRACK (RFC 3262 §3)."""

from collections.abc import Callable
from typing import Final

from sip.session.capabilities import RELIABLE, asks_for
from sip.session.endpoint import Effect
from sip.session.incoming_invite import ACK_WAIT_S, PROGRESS_EVERY_S, IncomingInvite
from sip.session.leg import Leg
from sip.session.offer_answer import Step
from sip.syntax.rack import RAck
from sip.transaction.timers import T1

_FIRST_RSEQ_BELOW: Final = 2**31


class ReliableProgress:
    """The provisional responses to one INVITE, one after the other, each until its PRACK comes.

    They are used where the caller requires them, and for early media where it supports them. Calls
    `on_silence` once if a PRACK never comes.
    """

    def __init__(
        self,
        leg: Leg,
        invite: IncomingInvite,
        *,
        on_silence: Callable[[float], list[Effect]],
    ) -> None:
        request = invite.request
        self.required = RELIABLE in {tag.lower() for tag in request.require}
        self.supported = asks_for(request, RELIABLE)
        self._leg = leg
        self._invite = invite
        self._on_silence = on_silence
        self._rseq = 0
        self._sent: tuple[int, bytes] | None = None  # code and description; unacknowledged
        self._waiting: tuple[int, bytes] | None = None
        self._last_code = 180
        self._gap = T1

    def serves(self, body: bytes) -> bool:
        """Whether a response with this description is to be sent by `send`."""
        return self.required or (self.supported and bool(body))

    @property
    def holds_back(self) -> bool:
        """A 2xx must wait: a description is unacknowledged."""
        return self._sent is not None and bool(self._sent[1])

    def send(self, code: int, body: bytes, now: float) -> list[Effect]:
        """Send a response, or keep it until the one before has been acknowledged.

        Of those that wait only the latest counts, and the description of any.
        """
        if self._sent is not None:
            self._waiting = (code, body or (self._waiting[1] if self._waiting else b""))
            return []
        if not self._rseq:
            self._rseq = int(self._leg.endpoint.fraction() * (_FIRST_RSEQ_BELOW - 1))
        self._rseq += 1
        self._sent, self._last_code, self._gap = (code, body), code, T1
        if body:
            step = Step.SEND_ANSWER if self._invite.offer else Step.SEND_OFFER
            self._leg.negotiation.take(step, body)
            self._invite.described = True
        headers = (("Require", RELIABLE), ("RSeq", str(self._rseq)))
        alarms = self._leg.endpoint.alarms
        alarms.set(self._repeat, now + self._gap)
        alarms.set(self._give_up, now + ACK_WAIT_S)
        alarms.set(self._remind, now + PROGRESS_EVERY_S)
        return self._invite.progress(code, now, body=body, headers=headers, lasting=False)

    def awaits(self, rack: RAck) -> bool:
        """Whether a PRACK with this RAck is the one that is missing."""
        expected = RAck(self._rseq, self._invite.request.cseq.number, "INVITE")
        return self._sent is not None and rack == expected

    def acknowledge(self) -> None:
        """It has come."""
        self._sent = None
        self._stop_repeating()

    def proceed(self, now: float) -> list[Effect]:
        """Send what has waited for the PRACK."""
        if self._sent is not None or self._waiting is None:
            return []
        (code, body), self._waiting = self._waiting, None
        return self.send(code, body, now)

    def stop(self) -> None:
        """The INVITE has its final response: nothing is repeated, though a PRACK may still come."""
        self._waiting = None
        self._stop_repeating()
        self._leg.endpoint.alarms.clear(self._remind)

    def _stop_repeating(self) -> None:
        self._leg.endpoint.alarms.clear(self._repeat)
        self._leg.endpoint.alarms.clear(self._give_up)

    def _repeat(self, now: float) -> list[Effect]:
        if self._sent is None or not self._invite.unanswered:
            return []
        self._gap *= 2
        self._leg.endpoint.alarms.set(self._repeat, now + self._gap)
        return self._invite.repeat(now)

    def _remind(self, now: float) -> list[Effect]:
        """A new one each minute, so that no proxy gives up (RFC 3261 §13.3.1.1)."""
        if self._sent is not None or not self._invite.unanswered:
            return []
        return self.send(self._last_code, b"", now)

    def _give_up(self, now: float) -> list[Effect]:
        if self._sent is None or not self._invite.unanswered:
            return []
        self.stop()
        return self._on_silence(now)
