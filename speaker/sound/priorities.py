"""Who wins the loudspeaker: the priority of each kind of sound, and what it does to lower ones.

Emergency page > page (by its own priority) > call > transmission > announcement > clip >
background. The arbiter in `media` compares the numbers; nothing else in the program does.
"""

from __future__ import annotations

from typing import Final

from media.engine.arbiter import Duck, Pause, Placement

CALL: Final = Placement(priority=400, treatment=Duck(by_db=10.0))
"""A call speaks over clips, which go on quietly: a key that plays one is to have an effect."""

TRANSMISSION: Final = Placement(priority=350, treatment=Duck(by_db=10.0))
"""What a program sends by HTTP is mostly somebody who speaks, as a call is; but whoever talks with
a person near the speaker is not to be spoken over by one who cannot hear that."""

ANNOUNCEMENT: Final = Placement(priority=300, treatment=Pause())
"""An announcement has the room for itself; a clip then goes on where it was."""

CLIP: Final = Placement(priority=200, treatment=Duck(by_db=10.0))

BACKGROUND: Final = Placement(priority=100)
"""Music that goes on, quieter, under everything else."""


def page(priority: int) -> Placement:
    """The place of a page: 1 is the lowest, 100 the highest. Calls pause meanwhile."""
    return Placement(priority=500 + priority, treatment=Pause())
