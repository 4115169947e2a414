"""Who somebody is, and the password that proves it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sip.errors import MisuseError


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and its password, for whichever realm asks. Both are UTF-8 where they are hashed."""

    username: str
    password: str = field(repr=False)
    """Never logged, shown or exported."""

    def __post_init__(self) -> None:
        if any(character in self.username for character in "\r\n\0"):
            raise MisuseError(f"username {self.username!r} holds a line break, or NUL")
