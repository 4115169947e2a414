"""Who owns the loudspeaker: priorities are compared here and nowhere else."""

from __future__ import annotations

import enum
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Duck:
    """Lower sources go on, quieter."""

    by_db: float = 20.0
    """Attenuation in dB, 0 or more."""

    def __post_init__(self) -> None:
        if not self.by_db >= 0.0:
            raise ValueError(f"by_db: {self.by_db} is negative; ducking only makes quieter")


@dataclass(frozen=True, slots=True)
class Pause:
    """Lower sources are silent until this one ends; a clip then goes on where it was."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Lower sources end, unless they asked to be queued: those wait."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Lower sources sound together with this one, as loud as before."""


Treatment: TypeAlias = Duck | Pause | Stop | Mix


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What one source may do with the loudspeaker."""

    priority: int = 0
    """Higher wins. Sources of equal priority sound together, unless one asked to be queued."""

    treatment: Treatment = field(default_factory=Mix)
    """What happens to sources of lower priority while this one sounds."""

    queue: bool = False
    """Rather wait than share: begins when no source of higher priority, and none of the same
    priority that came earlier, sounds; and is never stopped, only made to wait."""


class Standing(enum.Enum):
    """What a source does now."""

    PLAY = "play"
    PAUSED = "paused"  # silent, and keeps its place
    QUEUED = "queued"  # has not begun
    STOPPED = "stopped"  # is over


@dataclass(frozen=True, slots=True)
class Claim:
    """One source that wants the loudspeaker."""

    source: Hashable
    placement: Placement
    begun: bool = False
    """Whether it has sounded already."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the arbiter says about one claim."""

    standing: Standing
    gain_db: float = 0.0
    """0 or less; only for `Standing.PLAY`."""


def arbitrate(claims: Sequence[Claim]) -> dict[Hashable, Verdict]:
    """Say for each of `claims`, given in the order they came, what it may do.

    Only sources that sound treat others: one that is itself paused or queued pauses nobody.
    Where several treat the same source the strictest wins (stop, pause, deepest duck, mix);
    duckings do not add up.
    """
    verdicts: dict[Hashable, Verdict] = {}
    sounding: list[Placement] = []
    # Sorting is stable, so equals keep the order in which they came.
    for claim in sorted(claims, key=lambda claim: -claim.placement.priority):
        verdict = _judge(claim, sounding)
        verdicts[claim.source] = verdict
        if verdict.standing is Standing.PLAY:
            sounding.append(claim.placement)
    return verdicts


def _judge(claim: Claim, sounding: Sequence[Placement]) -> Verdict:
    wanted = claim.placement
    if wanted.queue and not claim.begun and sounding:
        return Verdict(Standing.QUEUED)
    treatments = [other.treatment for other in sounding if other.priority > wanted.priority]
    if any(isinstance(treatment, Stop) for treatment in treatments):
        return Verdict(Standing.PAUSED if wanted.queue else Standing.STOPPED)
    if any(isinstance(treatment, Pause) for treatment in treatments):
        return Verdict(Standing.PAUSED)
    ducks = [treatment.by_db for treatment in treatments if isinstance(treatment, Duck)]
    return Verdict(Standing.PLAY, -max(ducks, default=0.0))
