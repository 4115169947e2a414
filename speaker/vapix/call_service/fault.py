"""What the Call service answers instead of a result: HTTP 400 and a fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FAULT_STATUS: Final = 400


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the faults there are."""

    fault: str
    code: str
    sub_code: str | None = None


NOT_FOUND: Final = Kind("env:Sender", "ter:InvalidArgVal", "ter:NotFound")
INVALID: Final = Kind("env:Sender", "ter:InvalidArgVal", "ter:InvalidArgVal")
MISSING: Final = Kind("env:Sender", "ter:InvalidArgs")
NOT_SUPPORTED: Final = Kind("env:Receiver", "ter:ActionNotSupported", "ter:NotSupported")
FAILURE: Final = Kind("env:Receiver", "ter:Action", "ter:Failure")


class Fault(Exception):
    """A command is refused; the reason tells its sender why and repeats no secret."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind

    @property
    def body(self) -> dict[str, object]:
        """As it is answered."""
        return {
            "Fault": self.kind.fault,
            "FaultCode": self.kind.code,
            "FaultSubCode": self.kind.sub_code,
            "FaultReason": str(self),
            "FaultMsg": None,
        }
