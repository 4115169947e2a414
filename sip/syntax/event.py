"""Event and Subscription-State: what a subscription is about and how it stands (RFC 6665 §8.2)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, Self

from sip.syntax.grammar import parse_number
from sip.syntax.parametrised import token_and_parameters

_HIGHEST_SECONDS: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Event:
    """An event package, and which of several subscriptions to it; names in their case."""

    package: str
    id: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value of an Event.

        Raises:
            MalformedHeader: no token.
        """
        package, parameters = token_and_parameters(text)
        return cls(package, parameters.get("id") or "")

    def __str__(self) -> str:
        return f"{self.package};id={self.id}" if self.id else self.package


class Standing(enum.Enum):
    """Where a subscription stands; what is none of these counts as active."""

    ACTIVE = "active"
    PENDING = "pending"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """Where a subscription stands, and for how many seconds more or why no more."""

    standing: Standing
    expires_s: int | None = None
    reason: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value of a Subscription-State.

        Raises:
            MalformedHeader: no token, or an `expires` that is no number.
        """
        word, parameters = token_and_parameters(text)
        try:
            standing = Standing(word.lower())
        except ValueError:
            standing = Standing.ACTIVE
        expires = parameters.get("expires")
        expires_s = None if expires is None else parse_number(expires, _HIGHEST_SECONDS)
        return cls(standing, expires_s, parameters.get("reason") or "")

    def __str__(self) -> str:
        expires = "" if self.expires_s is None else f";expires={self.expires_s}"
        reason = f";reason={self.reason}" if self.reason else ""
        return f"{self.standing.value}{reason}{expires}"
