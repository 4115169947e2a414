"""What is exported and imported together with the settings, beside them and not among them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import Any, Final, Protocol

Write = Callable[[Connection], None]
"""Writes something inside of a transaction that is somebody else's."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What an export holds of an attachment."""

    tables: Mapping[str, Any]
    """Plain ones, by the names that they have at the top level."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By names of the attachment's choice; they get into exports with a password only."""


NOTHING: Final = Attached({})


class Attachment(Protocol):
    """Another part of the configuration, with top-level tables of its own."""

    @property
    def names(self) -> frozenset[str]:
        """Those of its tables; no setting and no other attachment has one of them."""

    def exported(self) -> Attached:
        """What it is now."""

    def becoming(
        self, attached: Attached, *, by: str, address: str
    ) -> AbstractContextManager[Write]:
        """What goes around the writing of an import; tables that are not there stay as they are.

        Entering it changes nothing, and holds off everybody else. It is left normally when
        everything is on the disk, and by an exception when it does not come.

        Raises:
            BadSettings: something in it breaks a rule.
        """
