"""Session-Expires and Min-SE: how long a session lasts without a refresh (RFC 4028 §4, §5)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, Self

from sip.errors import MalformedHeader
from sip.syntax.grammar import parse_number, shown
from sip.syntax.parametrised import word_and_parameters

_HIGHEST_SECONDS: Final = 2**32 - 1


class Refresher(enum.Enum):
    """Who refreshes: the sender or the receiver of the request that the field is about."""

    UAC = "uac"
    UAS = "uas"


@dataclass(frozen=True, slots=True)
class SessionExpires:
    """`interval_s` seconds after the last refresh the session is over."""

    interval_s: int
    refresher: Refresher | None = None
    """None: the receiver of the request chooses."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value of a Session-Expires.

        Raises:
            MalformedHeader: no number of seconds, or a refresher who is neither.
        """
        seconds, parameters = word_and_parameters(text)
        named = parameters.get("refresher")
        try:
            refresher = None if named is None else Refresher(named.lower())
        except ValueError:
            raise MalformedHeader(
                f"refresher {shown(named or '')} is neither uac nor uas"
            ) from None
        return cls(parse_number(seconds, _HIGHEST_SECONDS), refresher)

    def __str__(self) -> str:
        end = "" if self.refresher is None else f";refresher={self.refresher.value}"
        return f"{self.interval_s}{end}"


def parse_min_se(text: str) -> int:
    """Read the value of a Min-SE, in seconds.

    Raises:
        MalformedHeader: no number of seconds.
    """
    seconds, _ = word_and_parameters(text)
    return parse_number(seconds, _HIGHEST_SECONDS)
