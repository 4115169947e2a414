"""CSeq: the number of a request within its dialog (RFC 3261 §20.16)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from sip.errors import MalformedHeader
from sip.syntax.grammar import TOKEN, parse_number, shown

HIGHEST_NUMBER: Final = 2**31 - 1
"""A request must number itself below 2**31 (RFC 3261 §8.1.1.5)."""

_CSEQ: Final = re.compile(rf"[ \t]*([0-9]++)[ \t]+({TOKEN})[ \t]*")


@dataclass(frozen=True, slots=True)
class CSeq:
    """A sequence number and the method that it counts. Methods are compared in their case."""

    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value of a CSeq.

        Raises:
            MalformedHeader: not a number and a method, or the number is 2**31 or more.
        """
        found = _CSEQ.fullmatch(text)
        if found is None:
            raise MalformedHeader(f"{shown(text)} is no number and method")
        return cls(parse_number(found[1], HIGHEST_NUMBER), found[2])

    def __str__(self) -> str:
        return f"{self.number} {self.method}"
