"""What a session tells the application.

Every session ends with exactly one `Ended`, and nothing of it is told afterwards. Session
descriptions are opaque bytes here (`application/sdp`); `b""` always means "none".
"""

import enum
from dataclasses import dataclass
from typing import NewType

from sip.account import RegistrationChanged
from sip.flow import Flow
from sip.session.auto_answer import AutoAnswerWish
from sip.session.identity import CallerIdentity
from sip.syntax.message import Request
from sip.syntax.uri import SipUri

SessionId = NewType("SessionId", str)
"""Names one session of this user agent as long as the process lives."""

QueryId = NewType("QueryId", str)
"""Names one OPTIONS request sent outside of any session."""


class Party(enum.Enum):
    """Who ended a session."""

    LOCAL = "local"
    """The application: it rejected the call or hung up."""

    REMOTE = "remote"
    """The peer: BYE, CANCEL, or a final response that refuses."""

    NETWORK = "network"
    """Nobody: an answer or ACK did not come in time, or there was no way to the peer."""


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A new call; 100 has been sent. Answer it with `ring`, `accept` or `reject`."""

    session: SessionId
    request: Request
    flow: Flow
    offer: bytes
    """The peer's offer; `b""`: it wants ours, to be given to `accept`."""

    auto_answer: AutoAnswerWish | None
    """The caller's wish to be answered without a ring; whether to grant it is policy."""

    replaces: SessionId | None = None
    """The session whose place the call takes (RFC 3891): it ends when this one is accepted."""

    from_servers_of: tuple[str, ...] = ()
    """Ids of the accounts that have a server at the address it came from. Datagrams can be forged,
    so this tells which account is meant, and is no proof of who calls."""

    registered_contact: str = ""
    """Id of the account whose registered Contact the caller called, wherever it got that from;
    empty: it called another address of ours."""

    @property
    def identity(self) -> CallerIdentity:
        """Who calls, and for whom it was, as far as the call says."""
        return CallerIdentity.of(self.request)


@dataclass(frozen=True, slots=True)
class Progress:
    """A provisional response (101 to 199) to our INVITE, from whichever fork."""

    session: SessionId
    code: int
    body: bytes
    """Early media: an answer that may be followed until `Answered` brings the real one."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Our INVITE was accepted."""

    session: SessionId
    body: bytes
    """The answer to our offer (the ACK has been sent). If `invite` carried no offer, the peer's
    offer: `answer_offer` sends the ACK with our answer."""


@dataclass(frozen=True, slots=True)
class Established:
    """The ACK for a call that we accepted arrived."""

    session: SessionId
    body: bytes
    """The answer to our offer when the INVITE had none, else `b""`."""


@dataclass(frozen=True, slots=True)
class OfferArrived:
    """The peer wants to change the session: reply with `answer_offer` or `refuse_offer`."""

    session: SessionId
    body: bytes
    """The offer; `b""`: the peer wants ours, to be given to `answer_offer`."""


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    """The peer cancelled its change before we replied; the session goes on as before."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class AnswerArrived:
    """The answer to an offer of ours within the session (from `reinvite` or `answer_offer`)."""

    session: SessionId
    body: bytes
    """`b""`: the peer left the answer out, so nothing changes."""


@dataclass(frozen=True, slots=True)
class RefreshAnswered:
    """A refresh of ours repeated an offer, and the peer's answer is another than before."""

    session: SessionId
    offer: bytes
    """What we agreed to before, whichever side offered it then."""

    body: bytes
    """The answer to it."""


@dataclass(frozen=True, slots=True)
class ReinviteRefused:
    """The peer keeps the session as it was (a glare, 491, is retried and not told)."""

    session: SessionId
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReferralArrived:
    """The peer asks us to call somebody else: a transfer (RFC 3515).

    Reply with `accept_referral` or `refuse_referral`; then tell by `report_referral` what becomes
    of the call, which is to carry `headers`. That may be after the `Ended` of this session.
    """

    session: SessionId
    target: SipUri
    headers: tuple[tuple[str, str], ...]
    """For the INVITE: who refers, and the dialog whose place it takes (RFC 3892, RFC 3891)."""


@dataclass(frozen=True, slots=True)
class ReferralProgress:
    """What the peer tells of the call that our `refer` asked it to make."""

    session: SessionId
    code: int
    """Of the one whom the peer calls; or of the peer, where it refuses to."""

    reason: str
    done: bool
    """Nothing more will be told: a code of 200 to 299 means that the transfer has worked."""


@dataclass(frozen=True, slots=True)
class InfoArrived:
    """An INFO within the session (RFC 2976 use); 200 has been sent."""

    session: SessionId
    content_type: str
    """Raw value of the header field; empty when it had none."""

    body: bytes


@dataclass(frozen=True, slots=True)
class InfoRefused:
    """Our INFO was not accepted; the session goes on."""

    session: SessionId
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The session is over: the last event of it, and the only one of its kind.

    After `hang_up` it comes when the peer has answered the BYE or CANCEL, or has failed to.
    """

    session: SessionId
    by: Party
    code: int
    """The final response that ended it; 200 for a BYE; 408 or 503 for the network's silence."""

    reason: str
    """Reason phrase, or the value of the peer's `Reason` header field (RFC 3326) if it gave one."""


@dataclass(frozen=True, slots=True)
class OptionsAnswered:
    """What came of an OPTIONS outside of any session; 408 or 503 when nobody answered."""

    query: QueryId
    code: int
    reason: str
    allow: tuple[str, ...] = ()
    """Methods that the peer says it understands."""


SessionEvent = (
    IncomingCall
    | Progress
    | Answered
    | Established
    | OfferArrived
    | OfferWithdrawn
    | AnswerArrived
    | RefreshAnswered
    | ReinviteRefused
    | ReferralArrived
    | ReferralProgress
    | InfoArrived
    | InfoRefused
    | Ended
)

UserAgentEvent = SessionEvent | OptionsAnswered | RegistrationChanged
