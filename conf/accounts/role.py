"""What somebody may do with the device."""

from enum import IntEnum


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
