"""What a simulated room is like, as a sound URI says it after `?`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

RANGES: Final = {
    "reverberation_ms": (20.0, 1000.0),
    "echo_db": (-60.0, 12.0),
    "delay_ms": (0.0, 500.0),
    "drift_ppm": (-500.0, 500.0),
    "change_s": (0.0, 3600.0),
    "noise_db": (-120.0, -20.0),
    "soft_clip_db": (-40.0, 20.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomParameters:
    """A room, and the sound card between it and the engine."""

    reverberation_ms: float = 300.0
    """Time in which the sound of the room falls by 60 dB."""
    echo_db: float = -6.0
    """Level of the echo at the microphone, as energy, against what is played."""
    delay_ms: float = 20.0
    """From the tick that plays to the one that hears it: what a card's buffers hold. A tick hears
    what was played before it, so less than 10 ms is 10 ms."""
    drift_ppm: float = 0.0
    """How much faster the microphone's clock is than the loudspeaker's. When they have come apart
    by 100 ms, or by the delay, the card's buffers slip back."""
    change_s: float = 0.0
    """Somebody moves each time that so much has passed: the room becomes another; 0: never."""
    noise_db: float = -120.0
    """Level of the room's steady noise, in dBFS; -120: none."""
    soft_clip_db: float = 20.0
    """Where the loudspeaker begins to distort, in dBFS, which it never exceeds; 20: never."""

    @classmethod
    def parse(cls, query: str) -> RoomParameters:
        """Read `NAME=NUMBER&…`; an empty query is the usual room.

        Raises:
            ValueError: a name is unknown or given twice, or a number is none or outside its range.
        """
        given: dict[str, float] = {}
        for part in query.split("&") if query else ():
            name, _, text = part.partition("=")
            if name not in RANGES:
                raise ValueError(f"{name!r} is none of {', '.join(RANGES)}")
            if name in given:
                raise ValueError(f"{name} is given twice")
            given[name] = _number(name, text)
        return cls(**given)


USUAL_ROOM: Final = RoomParameters()
"""Without noise, drift, distortion or change."""


def _number(name: str, text: str) -> float:
    lowest, highest = RANGES[name]
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not lowest <= number <= highest:
        raise ValueError(f"{name}: {text!r} is no number within {lowest:g}..{highest:g}")
    return number
