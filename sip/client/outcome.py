"""What came of a request of ours, whatever it took."""

from dataclasses import dataclass
from typing import Final, NewType

from sip.flow import Address, Flow, Transport
from sip.syntax.description import description_in
from sip.syntax.message import Request, Response

RequestId = NewType("RequestId", int)
"""Names one request of ours through all its transactions; never used twice."""

TAKEN_BACK: Final = 487
"""The code of an INVITE that was cancelled before it was sent."""

NOWHERE: Final = Flow(Transport.UDP, Address("", 0), Address("", 0))
"""The flow of a request that was never sent, as no way was found."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request of ours."""

    code: int
    """Provisional or final. Silence counts as 408, no way to send as 503 (RFC 3261 §8.1.3.1), one
    taken back before it was sent as 487."""

    reason: str
    """The response's phrase, or a sentence that says what went wrong here."""

    response: Response | None
    """None when nothing was received."""

    flow: Flow
    """What the response came by, or by which the request went."""

    request: Request
    """The request that was answered: its CSeq and credentials are not those of the first try where
    the server asked who we are."""

    problem: str = ""
    """Why a challenge was left unanswered, or, where it is a success, what is wrong with it all the
    same: a sentence, or empty."""

    @property
    def final(self) -> bool:
        """Whether nothing more comes, apart from copies and forks of a 2xx to INVITE."""
        return self.code >= 200

    @property
    def refused(self) -> bool:
        """Whether it is final and no success."""
        return self.code >= 300

    @property
    def description(self) -> bytes:
        """The session description that the response carries, or `b""`."""
        return b"" if self.response is None else description_in(self.response)
