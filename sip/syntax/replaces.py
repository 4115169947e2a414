"""Replaces: the dialog whose place a call is to take (RFC 3891 §6.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from sip.errors import MalformedHeader
from sip.syntax.grammar import is_token, shown
from sip.syntax.parametrised import word_and_parameters

_CALL_ID: Final = re.compile(r"[!-~]++")


@dataclass(frozen=True, slots=True)
class Replaces:
    """A dialog as the one who is to replace it knows it. Tags are compared octet by octet."""

    call_id: str
    to_tag: str
    """The tag of the one who gets the INVITE."""

    from_tag: str
    """The tag of the peer that is to be replaced."""

    early_only: bool = False
    """Only if nobody has answered yet."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value of a Replaces.

        Raises:
            MalformedHeader: a Call-ID with white space or none, or a tag is missing.
        """
        call_id, parameters = word_and_parameters(text)
        to_tag = parameters.get("to-tag") or ""
        from_tag = parameters.get("from-tag") or ""
        if not _CALL_ID.fullmatch(call_id) or not is_token(to_tag) or not is_token(from_tag):
            raise MalformedHeader(f"{shown(text)} names no dialog")
        return cls(call_id, to_tag, from_tag, "early-only" in parameters)

    def __str__(self) -> str:
        end = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{end}"
