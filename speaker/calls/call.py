"""One call, as the device sees it: what it is in, with whom, on which account, until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import structlog

from speaker.calls.call_state import CallState, Step, after

if TYPE_CHECKING:
    from conf.settings import AccountSettings
    from media.engine.events import ClipId
    from sip.session.events import SessionId
    from sip.session.identity import CallerIdentity
    from speaker.calls.access_code import AccessCode
    from speaker.calls.call_digits import CallDigits
    from speaker.calls.call_media import CallMedia

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerShown:
    """Who calls, for people: what the call says of itself, bounded and printable."""

    name: str
    uri: str
    vouched_for: bool
    """A server of the account says so, and not only the caller."""

    diverted_from: tuple[str, ...]
    """URIs of those whom the call was for before, the last one first."""

    @classmethod
    def of(cls, identity: CallerIdentity, *, from_server: bool) -> Self:
        """What to show of a call that came from the account's own server, or directly."""
        person = identity.shown(trusted=from_server)
        return cls(
            name=person.name,
            uri=person.uri,
            vouched_for=from_server and identity.asserted is not None,
            diverted_from=tuple(each.person.uri for each in identity.diverted_from),
        )


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """A call from its first message to its last. Times are monotonic seconds."""

    session: SessionId
    account: AccountSettings
    peer: str
    """Who is on the other side, as a URI for people and logs."""

    caller: CallerShown | None = None
    """Who calls us, as far as it is told; None: a call of ours."""

    replaces: SessionId | None = None
    """The call whose place it takes when it is answered (RFC 3891)."""

    signalled_from: str = ""
    """The address that the peer's SIP comes from, or goes to (IP literal)."""

    media: CallMedia
    digits: CallDigits
    state: CallState = CallState.IDLE
    body: bytes = b""
    """The session description that goes with our answer."""

    announcement: ClipId | None = None
    ringback: ClipId | None = None
    """The tone that tells the room that the other side rings."""

    answer_at: float | None = None
    """When an unanswered call is to be answered; None: not by the clock."""

    code: AccessCode | None = None
    """What its caller has to key before it counts as answered; None: nothing, or no more."""

    accepted: bool = False
    """A call to us to which SIP has said 200: it may still wait for its access code."""

    expires_at: float | None = None
    """When the state that the call is in has lasted too long; None: it may last."""

    def step(self, step: Step) -> None:
        """Go where the table of states leads; raises IllegalStep and changes nothing else."""
        self.state = after(self.state, step)

    @property
    def deadline(self) -> float | None:
        """The next moment at which the call needs attention."""
        code_until = None if self.code is None else self.code.deadline
        times = (self.answer_at, self.expires_at, self.digits.deadline, code_until)
        return min((time for time in times if time is not None), default=None)

    @property
    def waits_for_code(self) -> bool:
        """Whether its caller is connected, but has to press the right keys first."""
        return self.accepted and self.code is not None

    def log_agreement(self) -> None:
        """Tell the log what sound the two sides have agreed on."""
        agreed = self.media.agreed
        if agreed is not None:
            log.info(
                "sound agreed",
                peer=self.peer,
                codec=agreed.codec.title,
                direction=agreed.direction.value,
                encryption=agreed.encryption,
                keys="telephone-event" if agreed.telephone_event is not None else "none by RTP",
            )
