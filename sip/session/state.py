"""The life of a session: what may happen when, as one table (RFC 3261 §13 to §15)."""

import enum
from typing import Final

from sip.errors import IllegalStep


class SessionState(enum.Enum):
    """Where a session stands. The left side of the table in `NEXT`."""

    INVITED = "invited"
    """The peer calls; we have not decided."""

    PROMISED = "promised"
    """We want to accept, but the caller has not acknowledged yet how we described ourselves in a
    provisional response (RFC 3262 §3)."""

    ACCEPTED = "accepted"
    """We have answered 2xx; its ACK is missing."""

    LEAVING = "leaving"
    """We want to hang up, but a BYE may not go out before the ACK has come (§15)."""

    CALLING = "calling"
    """We call; the peer has not decided."""

    CANCELLING = "cancelling"
    """We have given our call up; its final response is missing."""

    OWING = "owing"
    """The peer has accepted with an offer; our ACK waits for the application's answer."""

    ESTABLISHED = "established"
    CLOSING = "closing"
    """Our BYE is unanswered."""

    ENDED = "ended"


class SessionStep(enum.Enum):
    """What may happen to a session."""

    RING = "ringing"
    PROMISE = "accepting later"
    ACCEPT = "accepting"
    REJECT = "rejecting"
    HANG_UP = "hanging up"
    CONVERSE = "an exchange within the session"
    CHANGE_EARLY = "a change before the answer"
    ACKNOWLEDGED = "an ACK"
    ANSWERED = "a 2xx"
    ANSWERED_WITH_OFFER = "a 2xx with an offer"
    ANSWER = "answering the offer of a 2xx"
    REFUSED = "a refusal, or silence in its place"
    WITHDRAWN = "a CANCEL, the end of the caller's patience, or no PRACK"
    BYE = "a BYE of the peer"
    LOST = "the loss of the dialog"
    CLOSED = "the end of our BYE"


_State, _Step = SessionState, SessionStep

NEXT: Final = {
    # called
    (_State.INVITED, _Step.RING): _State.INVITED,
    (_State.INVITED, _Step.CHANGE_EARLY): _State.INVITED,
    (_State.INVITED, _Step.ACCEPT): _State.ACCEPTED,
    (_State.INVITED, _Step.PROMISE): _State.PROMISED,
    (_State.INVITED, _Step.REJECT): _State.ENDED,
    (_State.INVITED, _Step.HANG_UP): _State.ENDED,
    (_State.INVITED, _Step.WITHDRAWN): _State.ENDED,
    (_State.INVITED, _Step.BYE): _State.ENDED,
    (_State.PROMISED, _Step.ACCEPT): _State.ACCEPTED,
    (_State.PROMISED, _Step.HANG_UP): _State.ENDED,
    (_State.PROMISED, _Step.WITHDRAWN): _State.ENDED,
    (_State.PROMISED, _Step.BYE): _State.ENDED,
    (_State.ACCEPTED, _Step.ACKNOWLEDGED): _State.ESTABLISHED,
    (_State.ACCEPTED, _Step.HANG_UP): _State.LEAVING,
    (_State.ACCEPTED, _Step.BYE): _State.ENDED,
    (_State.ACCEPTED, _Step.LOST): _State.CLOSING,
    (_State.LEAVING, _Step.ACKNOWLEDGED): _State.CLOSING,
    (_State.LEAVING, _Step.BYE): _State.ENDED,
    (_State.LEAVING, _Step.LOST): _State.CLOSING,
    # calling
    (_State.CALLING, _Step.CHANGE_EARLY): _State.CALLING,
    (_State.CALLING, _Step.ANSWERED): _State.ESTABLISHED,
    (_State.CALLING, _Step.ANSWERED_WITH_OFFER): _State.OWING,
    (_State.CALLING, _Step.REFUSED): _State.ENDED,
    (_State.CALLING, _Step.HANG_UP): _State.CANCELLING,
    (_State.CALLING, _Step.BYE): _State.ENDED,
    (_State.CANCELLING, _Step.ANSWERED): _State.CLOSING,
    (_State.CANCELLING, _Step.ANSWERED_WITH_OFFER): _State.CLOSING,
    (_State.CANCELLING, _Step.REFUSED): _State.ENDED,
    (_State.CANCELLING, _Step.BYE): _State.ENDED,
    (_State.OWING, _Step.ANSWER): _State.ESTABLISHED,
    (_State.OWING, _Step.HANG_UP): _State.CLOSING,
    (_State.OWING, _Step.BYE): _State.ENDED,
    # both
    (_State.ESTABLISHED, _Step.CONVERSE): _State.ESTABLISHED,
    (_State.ESTABLISHED, _Step.HANG_UP): _State.CLOSING,
    (_State.ESTABLISHED, _Step.LOST): _State.CLOSING,
    (_State.ESTABLISHED, _Step.BYE): _State.ENDED,
    (_State.CLOSING, _Step.CLOSED): _State.ENDED,
    (_State.CLOSING, _Step.BYE): _State.ENDED,
}


def after(state: SessionState, step: SessionStep) -> SessionState:
    """The state that `step` leads to.

    Raises:
        IllegalStep: the step makes no sense in `state`.
    """
    following = NEXT.get((state, step))
    if following is None:
        raise IllegalStep(f"{step.value} while the session is {state.value}")
    return following
