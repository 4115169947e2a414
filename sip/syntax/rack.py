"""RAck: which provisional response a PRACK acknowledges (RFC 3262 §7.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from sip.errors import MalformedHeader
from sip.syntax.cseq import HIGHEST_NUMBER
from sip.syntax.grammar import TOKEN, parse_number, shown

HIGHEST_RSEQ: Final = 2**32 - 1
"""RFC 3262 §7.1."""

_RACK: Final = re.compile(rf"[ \t]*([0-9]++)[ \t]+([0-9]++)[ \t]+({TOKEN})[ \t]*")


@dataclass(frozen=True, slots=True)
class RAck:
    """The RSeq of the response, and the CSeq of the request that it answers."""

    rseq: int
    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value of a RAck.

        Raises:
            MalformedHeader: not two numbers and a method, or a number that is too high.
        """
        found = _RACK.fullmatch(text)
        if found is None:
            raise MalformedHeader(f"{shown(text)} is no pair of numbers and method")
        rseq = parse_number(found[1], HIGHEST_RSEQ)
        return cls(rseq, parse_number(found[2], HIGHEST_NUMBER), found[3])

    def __str__(self) -> str:
        return f"{self.rseq} {self.number} {self.method}"
