"""Retry-After: when to ask again (RFC 3261 §20.33)."""

import re
from typing import Final

from sip.syntax.message import Response

_SECONDS: Final = re.compile(r"[ \t]*([0-9]{1,10})(?![0-9])")


def retry_after_s(response: Response) -> float | None:
    """Seconds that a server wants to be left alone for; None where it does not say.

    A comment or parameters may follow the number; what is no number counts as if it were not there.
    """
    found = _SECONDS.match(response.headers.get("Retry-After") or "")
    return None if found is None else float(found[1])
