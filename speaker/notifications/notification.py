"""What a recipient is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One thing that a recipient is told; which of it counts is up to the recipient's type."""

    message: str = ""
    subject: str = ""
    """Of an email; empty: the name of the speaker."""
    email_to: str = ""
    """Of an email: whom to send it to in place of the recipient's own addresses."""
    method: Method = "GET"
    parameters: str = ""
    """Query arguments, ready to be sent."""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
