"""Who may challenge, and in which header fields that is done (RFC 3261 §22.2, §22.3)."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from sip.errors import MalformedHeader
from sip.syntax.message import Message

ValueT = TypeVar("ValueT")

MAXIMUM_VALUES: Final = 16
"""The most values of one header field that are looked at: four realms with four algorithms."""


class Asker(enum.Enum):
    """Who asks for credentials: the request's destination, or a proxy on the way."""

    DESTINATION = ("WWW-Authenticate", "Authorization", "Authentication-Info")
    PROXY = ("Proxy-Authenticate", "Proxy-Authorization", "Proxy-Authentication-Info")

    def __init__(self, challenge: str, credentials: str, information: str) -> None:
        self.challenge = challenge
        self.credentials = credentials
        self.information = information


def readable(
    message: Message, header: str, parse: Callable[[str], ValueT], problems: list[str]
) -> Iterator[ValueT]:
    """The values of `header` that can be read, the topmost first; why not goes to `problems`."""
    for text in message.headers.get_all(header)[:MAXIMUM_VALUES]:
        try:
            yield parse(text)
        except MalformedHeader as error:
            problems.append(f"{header}: {error}")
