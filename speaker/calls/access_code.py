"""The access code of a call: keys that its caller has to press before anything is heard."""

from __future__ import annotations

import enum
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conf.values.secret import Secret

TIME_S = 20.0
"""How long a caller has, from the answer on."""

TRIES = 3
"""How many codes a call may try. Each is as long as the right one."""

PAUSE_S = 60.0
"""For how long an account answers nobody without a ring, after a call that had no right code: four
keys have 10,000 codes, and three of them a minute take days."""


class Gate(enum.Enum):
    """What the keys have come to."""

    SHUT = "shut"
    OPEN = "open"
    FAILED = "failed"


class AccessCode:
    """Compares what is keyed with the code, which never leaves it. Reads no clock."""

    def __init__(self, code: Secret) -> None:
        self._code = code.reveal()
        self._keyed = ""
        self._tries_left = TRIES
        self.deadline: float | None = None
        """When the caller's time is up (monotonic seconds); None: it has not been asked yet."""

    def __repr__(self) -> str:
        return "AccessCode(hidden)"

    def ask(self, now: float) -> None:
        """The call is answered: its time begins."""
        self.deadline = now + TIME_S

    def is_over(self, now: float) -> bool:
        """Whether the caller's time has run out."""
        return self.deadline is not None and self.deadline <= now

    def on_keys(self, keys: str) -> Gate:
        """Take keys, in the order pressed; those after the right code belong to the call."""
        for key in keys:
            self._keyed += key
            if len(self._keyed) < len(self._code):
                continue
            keyed, self._keyed = self._keyed, ""
            if hmac.compare_digest(keyed.encode(), self._code.encode()):
                return Gate.OPEN
            self._tries_left -= 1
            if not self._tries_left:
                return Gate.FAILED
        return Gate.SHUT
