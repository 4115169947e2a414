"""One figure of the bench: what is measured, how, and what is to be reached."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.bench.device import Maker
from tools.bench.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What the person at the bench asked for."""

    folder: Path
    """Where devices keep their files."""
    seconds: float | None = None
    """How long each measurement of a figure that lasts is to be; None: as the figure has it."""

    def folder_for(self, maker: Maker) -> Path:
        """A new folder for a device."""
        return Path(tempfile.mkdtemp(prefix=f"{maker.name}-", dir=self.folder))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measurement that is made of one device after the other."""

    name: str
    title: str
    measure: Callable[[Maker, Run], list[Reading]]
    """Starts the device, measures, ends it. Raises BenchError with the reason."""
    calibrate: Callable[[Run], list[Reading]] | None = None
    """What the bench itself adds to the figure."""
    reach: Mapping[str, float] = field(default_factory=dict)
    """Quantity to the highest value that is good enough, or the lowest (`AtLeast`), or what has to
    be exceeded (`MoreThan`)."""
    ratio_reach: Mapping[str, float] = field(default_factory=dict)
    """The same for the speaker's value as a multiple of baresip's."""
