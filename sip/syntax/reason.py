"""Reason: why a call is ended, in the words of some protocol (RFC 3326)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from sip.errors import MalformedHeader
from sip.syntax.grammar import parse_number, quote
from sip.syntax.parametrised import token_and_parameters

_HIGHEST_CAUSE: Final = 999
_LONGEST_TEXT: Final = 128


@dataclass(frozen=True, slots=True)
class Reason:
    """`SIP;cause=200;text="Call completed elsewhere"`, or a cause of Q.850."""

    protocol: str
    cause: int | None = None
    text: str = ""
    """For people; 128 characters at most of what was sent."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one value.

        Raises:
            MalformedHeader: no protocol, or a cause that is no number of three digits.
        """
        protocol, parameters = token_and_parameters(text)
        cause = parameters.get("cause")
        number = None if cause is None else parse_number(cause, _HIGHEST_CAUSE)
        words = parameters.get("text") or ""
        # Octets that are no UTF-8 have stand-ins in messages, which JSON and files do not take.
        readable = words.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return cls(protocol, number, readable[:_LONGEST_TEXT])

    def __str__(self) -> str:
        cause = "" if self.cause is None else f";cause={self.cause}"
        return f"{self.protocol}{cause}" + (f";text={quote(self.text)}" if self.text else "")


def first_reason(values: tuple[str, ...]) -> Reason | None:
    """The first of several values that can be read; a broken one makes no message wrong."""
    for value in values:
        try:
            return Reason.parse(value)
        except MalformedHeader:
            continue
    return None
