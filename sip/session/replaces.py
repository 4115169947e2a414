"""A call that takes the place of another (RFC 3891)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sip.session.session import Session
from sip.session.state import SessionState
from sip.syntax.message import Request
from sip.syntax.replaces import Replaces

_OVER: Final = (
    SessionState.LEAVING,
    SessionState.CANCELLING,
    SessionState.CLOSING,
    SessionState.ENDED,
)


@dataclass(frozen=True, slots=True)
class CannotReplace:
    """The answer to an INVITE whose Replaces names nothing that it may replace."""

    code: int


def replaced_by(invite: Request, sessions: Iterable[Session]) -> Session | CannotReplace | None:
    """The session whose place the call is to take, by the rules of §3; None: it asks for none.

    Raises:
        MalformedHeader: the Replaces names no dialog.
    """
    if "Replaces" not in invite.headers:
        return None
    replaces = invite.replaces
    if replaces is None or invite.headers.count("Replaces") > 1:
        return CannotReplace(400)
    found = next((each for each in sessions if each.is_replaced_by(replaces)), None)
    if found is None:
        return CannotReplace(481)
    return _judged(found, replaces)


def _judged(session: Session, replaces: Replaces) -> Session | CannotReplace:
    if session.state in _OVER:
        return CannotReplace(603)
    if session.state is SessionState.CALLING:
        return session  # early, and ours: it will be cancelled
    if session.state in (SessionState.INVITED, SessionState.PROMISED):
        return CannotReplace(481)  # early, and not ours to give away
    return CannotReplace(486) if replaces.early_only else session
