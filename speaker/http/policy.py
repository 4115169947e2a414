"""Which kinds of password logins are asked for (`http.authentication_policy`)."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Scheme(Enum):
    """A way to send a password with a request, by the name that Authorization has for it."""

    DIGEST = "digest"
    BASIC = "basic"


_BOTH: Final = (Scheme.DIGEST, Scheme.BASIC)
_BY_POLICY: Final[dict[str, tuple[tuple[Scheme, ...], tuple[Scheme, ...]]]] = {
    # by HTTP, by HTTPS
    "Recommended": ((Scheme.DIGEST,), (Scheme.BASIC,)),
    "Basic": ((Scheme.BASIC,), (Scheme.BASIC,)),
    "Digest": ((Scheme.DIGEST,), (Scheme.DIGEST,)),
    "Basic_Digest": ((Scheme.DIGEST,), _BOTH),
}


def schemes_of(policy: str, *, secure: bool) -> tuple[Scheme, ...]:
    """What to ask for, the preferred one first, over TLS or not."""
    by_http, by_https = _BY_POLICY[policy]
    return by_https if secure else by_http
