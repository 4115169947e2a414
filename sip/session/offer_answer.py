"""Who may offer, who must answer: the state of the session descriptions (RFC 3264, RFC 6337).

One table holds every legal step. Which message carries an offer or answer is not known here; what
the descriptions say is kept and never read.
"""

import enum
from typing import Final

from sip.errors import IllegalStep


class Negotiation(enum.Enum):
    """Where the two descriptions of a session stand."""

    NOTHING = "nothing described yet"
    LOCAL_FIRST = "our first offer is unanswered"
    REMOTE_FIRST = "the peer's first offer is unanswered"
    AGREED = "both sides agree"
    LOCAL_CHANGE = "our offer of a change is unanswered"
    REMOTE_CHANGE = "the peer's offer of a change is unanswered"


class Step(enum.Enum):
    """What may happen to the descriptions."""

    SEND_OFFER = "sending an offer"
    RECEIVE_OFFER = "receiving an offer"
    SEND_ANSWER = "sending an answer"
    RECEIVE_ANSWER = "receiving an answer"
    GIVE_UP = "giving up the offer"
    """A refusal, or an answer that never comes: what was agreed before stays (RFC 6337 §3.4)."""


NEXT: Final = {
    (Negotiation.NOTHING, Step.SEND_OFFER): Negotiation.LOCAL_FIRST,
    (Negotiation.NOTHING, Step.RECEIVE_OFFER): Negotiation.REMOTE_FIRST,
    (Negotiation.LOCAL_FIRST, Step.RECEIVE_ANSWER): Negotiation.AGREED,
    (Negotiation.LOCAL_FIRST, Step.GIVE_UP): Negotiation.NOTHING,
    (Negotiation.REMOTE_FIRST, Step.SEND_ANSWER): Negotiation.AGREED,
    (Negotiation.REMOTE_FIRST, Step.GIVE_UP): Negotiation.NOTHING,
    (Negotiation.AGREED, Step.SEND_OFFER): Negotiation.LOCAL_CHANGE,
    (Negotiation.AGREED, Step.RECEIVE_OFFER): Negotiation.REMOTE_CHANGE,
    (Negotiation.LOCAL_CHANGE, Step.RECEIVE_ANSWER): Negotiation.AGREED,
    (Negotiation.LOCAL_CHANGE, Step.GIVE_UP): Negotiation.AGREED,
    (Negotiation.REMOTE_CHANGE, Step.SEND_ANSWER): Negotiation.AGREED,
    (Negotiation.REMOTE_CHANGE, Step.GIVE_UP): Negotiation.AGREED,
}


class OfferAnswer:
    """The negotiation of one session. An illegal step raises and changes nothing."""

    __slots__ = ("_offer", "local", "remote", "state")

    def __init__(self) -> None:
        self.state = Negotiation.NOTHING
        self.local = b""
        """What we last agreed to send and receive, as we described it."""
        self.remote = b""
        """The same of the peer."""
        self._offer = b""

    def take(self, step: Step, description: bytes = b"") -> None:
        """Move on; `description` is the offer or answer that is sent or received.

        Raises:
            IllegalStep: the step is not legal now (RFC 6337 §2, table 1).
        """
        try:
            self.state = NEXT[self.state, step]
        except KeyError:
            raise IllegalStep(f"{step.value} while {self.state.value}") from None
        match step:
            case Step.SEND_OFFER | Step.RECEIVE_OFFER:
                self._offer = description
            case Step.SEND_ANSWER:
                self.local, self.remote = description, self._offer
            case Step.RECEIVE_ANSWER:
                self.local, self.remote = self._offer, description
            case Step.GIVE_UP:
                self._offer = b""

    @property
    def agreed(self) -> bool:
        """Both sides agree and neither asks for a change: either may offer one."""
        return self.state is Negotiation.AGREED

    @property
    def local_offer_pending(self) -> bool:
        """We wait for an answer: an offer of the peer is a glare now (491)."""
        return self.state in (Negotiation.LOCAL_FIRST, Negotiation.LOCAL_CHANGE)

    @property
    def remote_offer_pending(self) -> bool:
        """We owe an answer: another offer of the peer came too early (500)."""
        return self.state in (Negotiation.REMOTE_FIRST, Negotiation.REMOTE_CHANGE)
