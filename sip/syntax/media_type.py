"""The type of a body: Content-Type, and one range of Accept (RFC 3261 §20.1, §20.15)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from sip.errors import MalformedHeader
from sip.syntax.grammar import TOKEN, shown
from sip.syntax.parameters import NO_PARAMETERS, Parameters

SDP: Final = "application/sdp"
"""What the descriptions of sessions are written in (RFC 3261 §13)."""

_MEDIA_TYPE: Final = re.compile(rf"[ \t]*({TOKEN})[ \t]*/[ \t]*({TOKEN})[ \t]*")


@dataclass(frozen=True, slots=True)
class MediaType:
    """`type/subtype;parameters`; both names in lower case. In an Accept either may be `*`."""

    type: str
    subtype: str
    parameters: Parameters = NO_PARAMETERS

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one value.

        Raises:
            MalformedHeader: not two tokens with a slash between, or broken parameters.
        """
        found = _MEDIA_TYPE.match(text)
        if found is None:
            raise MalformedHeader(f"{shown(text)} is no type/subtype")
        parameters = Parameters.parse(text[found.end() :])
        return cls(found[1].lower(), found[2].lower(), parameters)

    @property
    def name(self) -> str:
        """The type without its parameters, such as `application/sdp`."""
        return f"{self.type}/{self.subtype}"

    def covers(self, name: str) -> bool:
        """Whether this range of an Accept takes bodies of the type `name`. `q=0` takes none."""
        if _is_zero(self.parameters.get("q")):
            return False
        kind, _, subtype = name.lower().partition("/")
        return self.type in ("*", kind) and self.subtype in ("*", subtype)

    def __str__(self) -> str:
        return f"{self.name}{self.parameters}"


def _is_zero(quality: str | None) -> bool:
    return bool(quality) and set(quality or "") <= {"0", "."}
