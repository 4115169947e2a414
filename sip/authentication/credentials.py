"""Who we are to a server that asks."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and its secret, which is never shown."""

    username: str
    password: str = field(repr=False)
