"""What this user agent can do, and the header fields that say so (RFC 3261 §13.2.1, §20)."""

from typing import Final

METHODS: Final = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO")
"""What `Allow` says."""

TIMER: Final = "timer"
"""The option tag of session timers (RFC 4028), which can be switched off."""

_ALWAYS: Final[tuple[str, ...]] = ()


def extensions(*, session_timers: bool) -> tuple[str, ...]:
    """Option tags that `Supported` says and a `Require` may ask for."""
    return (*_ALWAYS, TIMER) if session_timers else _ALWAYS


def capability_fields(extensions: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Header fields that tell a peer what it may send (RFC 3261 §13.2.1, §13.3.1.4)."""
    return (("Allow", ", ".join(METHODS)), ("Supported", ", ".join(extensions)))
