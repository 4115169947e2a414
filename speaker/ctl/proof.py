"""What shows the device who asks."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Token:
    """Goes with each request as it is."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Password:
    """Is shown as the device asks for it."""

    name: str
    password: str = field(repr=False)
