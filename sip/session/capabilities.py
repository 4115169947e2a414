"""What this user agent can do, and the header fields that say so (RFC 3261 §13.2.1, §20)."""

from typing import Final

from sip.errors import MalformedHeader
from sip.syntax.message import Request

METHODS: Final = (
    "INVITE",
    "ACK",
    "CANCEL",
    "BYE",
    "OPTIONS",
    "INFO",
    "PRACK",
    "UPDATE",
    "REFER",
    "NOTIFY",
    "SUBSCRIBE",
)
"""What `Allow` says."""

ALLOW_EVENTS: Final = ("Allow-Events", "refer")
"""The one event package that we know, and only from transfers (RFC 3515)."""

RELIABLE: Final = "100rel"
"""The option tag of provisional responses that are acknowledged (RFC 3262)."""

TIMER: Final = "timer"
"""The option tag of session timers (RFC 4028), which can be switched off."""

REPLACES: Final = "replaces"
"""The option tag of calls that take the place of others (RFC 3891)."""

_ALWAYS: Final = (RELIABLE, REPLACES, "norefersub")


def asks_for(request: Request, tag: str) -> bool:
    """Whether the peer supports or requires an extension; a list that cannot be read says no."""
    try:
        return tag in {each.lower() for each in (*request.supported, *request.require)}
    except MalformedHeader:
        return False


def unknown_event(request: Request) -> tuple[tuple[str, str], ...] | None:
    """The header fields of the 489 to a SUBSCRIBE or NOTIFY (RFC 6665 §4.2.1.1, §4.1.3).

    None: it is about the event that we know.
    """
    event = request.event
    known = event is not None and event.package == ALLOW_EVENTS[1]
    return None if known else (ALLOW_EVENTS,)


def extensions(*, session_timers: bool) -> tuple[str, ...]:
    """Option tags that `Supported` says and a `Require` may ask for."""
    return (*_ALWAYS, TIMER) if session_timers else _ALWAYS


def capability_fields(extensions: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Header fields that tell a peer what it may send (RFC 3261 §13.2.1, §13.3.1.4)."""
    return (("Allow", ", ".join(METHODS)), ("Supported", ", ".join(extensions)))
