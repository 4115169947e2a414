"""Why a recipient could not be told, in the words of somebody who sets speakers up.

DeliveryFailed      the message is the end of a sentence about the recipient
"""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_QUOTE: Final = 200
"""Characters of what a server says."""

MOST_CAUSES: Final = 32


class DeliveryFailed(Exception):
    """It was not told."""

    def __init__(self, why: str, *, untouched: bool = False, temporary: bool = False) -> None:
        super().__init__(why)
        self.untouched = untouched
        """The recipient cannot have heard anything: telling it again tells it once."""
        self.temporary = temporary
        """The recipient itself says that it may work later."""


def connecting(error: BaseException, where: str) -> DeliveryFailed:
    """Why no connection came about, from what the system said; `where` if not to the recipient."""
    return DeliveryFailed(f"{where} {_reason(error)}".strip(), untouched=_may_pass(error))


def quoted(text: str) -> str:
    """What a server said, on one line and not at length."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"


def _reason(error: BaseException) -> str:
    for each in causes(error):
        match each:
            case ssl.SSLCertVerificationError():
                words = _CERTIFICATES.get(each.verify_code, each.verify_message)
                return f"shows a certificate that is not trusted: {words}"
            case ssl.SSLError():
                reason = (each.reason or str(each)).replace("_", " ").lower()
                return f"cannot be talked to by TLS: {reason}"
            case socket.gaierror():
                return "cannot be found: no such name, or no DNS server answers"
            case ConnectionRefusedError():
                return "refuses the connection: nothing listens there"
            case ConnectionResetError() | BrokenPipeError():
                return "has closed the connection"
            case OSError() if each.errno in _WORDS:
                return _WORDS[each.errno]
    return "does not answer" if _is_timeout(error) else f"cannot be reached: {quoted(str(error))}"


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and everything that it came from."""
    waiting, seen = [error], 0
    while waiting and seen < MOST_CAUSES:
        each = waiting.pop(0)
        seen += 1
        yield each
        if isinstance(each, BaseExceptionGroup):
            waiting.extend(each.exceptions)
        cause = each.__cause__ or each.__context__
        if cause is not None:
            waiting.append(cause)


def _is_timeout(error: BaseException) -> bool:
    return any(isinstance(each, TimeoutError) for each in causes(error))


def _may_pass(error: BaseException) -> bool:
    """A certificate that is not trusted will not be so a minute later."""
    return not any(isinstance(each, ssl.SSLError) for each in causes(error))


_CERTIFICATES: Final = {
    10: "it has expired",
    18: "it is signed by itself; add it to the certificates of the speaker",
    19: "its CA is not known; add that to the certificates of the speaker",
    20: "its CA is not known; add that to the certificates of the speaker",
    21: "its CA is not known; add that to the certificates of the speaker",
    62: "it is for another name",
    64: "it is for another address",
}
"""By OpenSSL's codes (x509_vfy.h)."""

_WORDS: Final = {
    errno.EHOSTUNREACH: "cannot be reached: there is no way to it, or it is switched off",
    errno.ENETUNREACH: "cannot be reached: there is no way to its network",
    errno.ETIMEDOUT: "does not answer",
    errno.EACCES: "may not be connected to: this machine forbids it",
    errno.EPERM: "may not be connected to: this machine forbids it",
}
