"""What somebody may do with the device."""

from enum import IntEnum
from typing import Literal, Self, cast

RoleName = Literal["viewer", "operator", "administrator"]
"""How the API, exports and the database write the role of somebody who has logged in."""


class Role(IntEnum):
    """Each may do what those before it may, and more."""

    ANYBODY = 0
    """Nobody asks who it is."""
    VIEWER = 1
    """Sees states, plays clips, speaks and listens; changes no setting."""
    OPERATOR = 2
    """Changes all settings but those of the system."""
    ADMINISTRATOR = 3
    """Everything."""

    @classmethod
    def of(cls, name: RoleName) -> Self:
        """The role that is written so."""
        return cls[name.upper()]

    @property
    def written(self) -> RoleName:
        """How it is written; nobody has the role ANYBODY."""
        return cast("RoleName", self.name.lower())
