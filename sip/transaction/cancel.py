"""CANCEL: the request that takes an INVITE back (RFC 3261 §9.1)."""

from collections.abc import Iterable
from typing import Final

from sip.syntax.headers import Headers
from sip.syntax.message import Request

_COPIED: Final = frozenset({"Route", "From", "To", "Call-ID"})


def cancel_for(invite: Request, headers: Iterable[tuple[str, str]] = ()) -> Request:
    """The CANCEL of a pending `invite` of ours, with `headers` added (`Reason`, RFC 3326).

    It takes the very path of the INVITE: same Request-URI, same routes, same topmost branch.
    """
    return Request(
        "CANCEL",
        invite.uri,
        Headers.of(
            ("Via", str(invite.top_via)),
            ("Max-Forwards", "70"),
            *(field for field in invite.headers if field[0] in _COPIED),
            ("CSeq", f"{invite.cseq.number} CANCEL"),
            *headers,
        ),
    )
