"""Everything `sip` raises.

SipError
├── PeerError             the other side's fault: answer or drop, count, carry on
│   ├── MalformedMessage  not a SIP message that can be worked with; knows the answer that fits
│   ├── MalformedHeader   one header field value breaks its grammar
│   └── MalformedUri      not a URI by RFC 3261 §19 or RFC 3986
└── MisuseError           our own caller's fault: a bug to mend
    └── IllegalStep       a command that the present state does not allow; nothing was changed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sip.syntax.message import Request


class SipError(Exception):
    """Root of the tree."""


class PeerError(SipError):
    """What arrived from the network is wrong."""


class MalformedHeader(PeerError):
    """A header field value breaks its grammar.

    `header` is the canonical name of the field, or empty when a value was parsed on its own.
    """

    def __init__(self, problem: str, *, header: str = "") -> None:
        super().__init__(f"{header}: {problem}" if header else problem)
        self.header = header


class MalformedUri(PeerError):
    """A URI breaks its grammar."""


class MalformedMessage(PeerError):
    """Bytes that are no SIP message, or one that must not be worked with.

    `code` and `reason` are the answer that fits. `request` is what could be read of a request,
    enough for `make_response`, and None when nobody is to be answered: the sender of a response, of
    an ACK, or of a request without any Via. Header values of `request` may be malformed or missing,
    and a Request-URI that could not be read is an `OpaqueUri` with an empty scheme.
    """

    def __init__(
        self,
        problem: str,
        *,
        code: int = 400,
        reason: str = "Bad Request",
        request: Request | None = None,
    ) -> None:
        super().__init__(problem)
        self.code = code
        self.reason = reason
        self.request = request


class MisuseError(SipError):
    """The program asked `sip` for something that makes no sense."""


class IllegalStep(MisuseError):
    """A command that the present state does not allow. Nothing was changed."""
