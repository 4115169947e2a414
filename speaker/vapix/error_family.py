"""What JSON APIs answer when something is wrong: one meaning, four families of codes.

Which family an API has is part of its wire format; the meanings are ours.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Trouble(enum.Enum):
    """What can be wrong with a request, or with us."""

    INTERNAL = "internal"
    """Our fault; the log tells more."""
    NOT_POST = "not POST"
    TOO_LARGE = "too large"
    NOT_JSON = "not JSON"
    VERSION = "version"
    METHOD = "method"
    FORBIDDEN = "forbidden"
    """This account may not do that."""
    MISSING = "missing"
    """A parameter that has to be there."""
    INVALID = "invalid"
    """A parameter's value."""
    HOST = "host"
    """The machine that the speaker runs on cannot do it, or does not let us."""
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class ErrorFamily:
    """The codes of one family."""

    codes: Mapping[Trouble, int]

    @property
    def tells_not_post(self) -> bool:
        """Whether other methods than POST get an answer of the API; else it is plain HTTP's 405."""
        return Trouble.NOT_POST in self.codes

    def code(self, trouble: Trouble) -> int:
        """The code for what is wrong."""
        return self.codes.get(trouble, self.codes[_NEAREST.get(trouble, Trouble.INTERNAL)])


class ApiError(Exception):
    """A request is refused; the message tells its sender why and repeats no secret."""

    def __init__(
        self, trouble: Trouble, message: str, details: Mapping[str, int] | None = None
    ) -> None:
        """`details` are what an API tells of an error besides, such as `{"subCode": 3}`."""
        super().__init__(message)
        self.trouble = trouble
        self.details = details


_NEAREST: Final[Mapping[Trouble, Trouble]] = MappingProxyType(
    {Trouble.TOO_LARGE: Trouble.NOT_JSON, Trouble.MISSING: Trouble.INVALID}
)
"""What is said where a family has no code of its own; of all the others: `INTERNAL`."""

FAMILY_A: Final = ErrorFamily(
    MappingProxyType(
        {
            Trouble.INVALID: 1000,
            Trouble.FORBIDDEN: 2001,
            Trouble.NOT_POST: 2002,
            Trouble.VERSION: 2003,
            Trouble.METHOD: 2004,
            Trouble.NOT_JSON: 4000,
            Trouble.MISSING: 4002,
            Trouble.INTERNAL: 8000,
        }
    )
)
"""API discovery, basic device information."""

FAMILY_B: Final = ErrorFamily(
    MappingProxyType(
        {
            Trouble.INTERNAL: 1100,
            Trouble.VERSION: 2100,
            Trouble.NOT_JSON: 2101,
            Trouble.METHOD: 2102,
            Trouble.MISSING: 2103,
            Trouble.INVALID: 2104,
            Trouble.FORBIDDEN: 2105,
            Trouble.TOO_LARGE: 2107,
        }
    )
)
"""Audio device control, and whatever names no family of its own."""

FAMILY_C: Final = ErrorFamily(
    MappingProxyType(
        {
            Trouble.INTERNAL: 1000,
            Trouble.NOT_POST: 2000,
            Trouble.TOO_LARGE: 2001,
            Trouble.NOT_JSON: 3000,
            Trouble.METHOD: 4000,
            Trouble.VERSION: 4001,
            Trouble.FORBIDDEN: 4002,
            Trouble.MISSING: 4003,
            Trouble.INVALID: 4004,
            Trouble.HOST: 5000,
        }
    )
)
"""Time, NTP, network settings."""

FAMILY_D: Final = ErrorFamily(
    MappingProxyType(
        {
            Trouble.NOT_JSON: 400,
            Trouble.INVALID: 400,
            Trouble.FORBIDDEN: 403,
            Trouble.METHOD: 405,
            Trouble.VERSION: 417,
            Trouble.BUSY: 423,
            Trouble.INTERNAL: 500,
        }
    )
)
"""Firmware management: codes that look like those of HTTP, in answers with status 200."""
