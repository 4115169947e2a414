"""Phones that tell of one key press twice, by RTP and by SIP INFO."""

import enum
from dataclasses import dataclass
from typing import Final

WINDOW_S: Final = 5.0
"""How far apart the two tellings of a press may be: RTP tells when the key goes down, INFO when it
comes up or after retransmissions."""

REMEMBERED: Final = 64


class Method(enum.Enum):
    """How a press was told."""

    RTP = "rtp"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class _Told:
    digit: str
    method: Method
    at: float


class DuplicateFilter:
    """Lets a press through once when it is told by both methods.

    Each press told one way takes back at most one telling of the same key the other way. So a key
    pressed twice counts twice, by whichever methods and in whatever order the tellings come; two
    tellings by the same method are always two presses.
    """

    def __init__(self) -> None:
        self._single: list[_Told] = []

    def is_new(self, digit: str, method: Method, now: float) -> bool:
        """Whether this is a press not told before; `now` is in monotonic seconds."""
        self._single = [told for told in self._single if told.at + WINDOW_S > now]
        for told in self._single:
            if told.digit == digit and told.method is not method:
                self._single.remove(told)
                return False
        self._single = [*self._single, _Told(digit, method, now)][-REMEMBERED:]
        return True
