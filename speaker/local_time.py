"""Local time as it is set: what log lines, reports and clients are told.

The C library knows one local time for a whole process, and so do Python's clocks that stand on it;
`TZ` says which (IEEE Std 1003.1 §8.3). Programs that the speaker starts have the same.
"""

from __future__ import annotations

import os
import time
import zoneinfo
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conf.values.posix_time_zone import PosixTimeZone
from speaker.change import NOTHING, Prepared

if TYPE_CHECKING:
    from conf.sections.time import TimeSettings
    from speaker.change import Change

VARIABLE: Final = "TZ"


class LocalTime:
    """The local time of this process, from the first `follow` to `restore`."""

    def __init__(self) -> None:
        self._before = os.environ.get(VARIABLE)

    async def prepare(self, change: Change) -> Prepared:
        """Settings that are in order can be followed."""
        if not change.concerns(lambda settings: settings.time):
            return NOTHING
        return Prepared(lambda _now: self.follow(change.new.time))

    def follow(self, settings: TimeSettings) -> None:
        """Tell local time as these settings say, from now on."""
        self._set(tz_variable(settings) or self._before)

    def restore(self) -> None:
        """Go back to what was before, for whoever runs in this process later."""
        self._set(self._before)

    def _set(self, value: str | None) -> None:
        if value == os.environ.get(VARIABLE):
            return
        if value is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = value
        time.tzset()


def tz_variable(settings: TimeSettings) -> str | None:
    """What `TZ` has to be; None: nothing is set, and the machine's own time counts."""
    if settings.time_zone:
        return f":{_zone_file(settings.time_zone)}"
    if settings.posix_time_zone:
        zone = PosixTimeZone.parse(settings.posix_time_zone)
        return str(zone if settings.posix_daylight_saving else zone.without_summer())
    return None


def _zone_file(name: str) -> Path:
    """The file of a zone: the machine's own, which is kept up to date, else the package's."""
    for folder in zoneinfo.TZPATH:
        if (file := Path(folder, name)).is_file():
            return file
    return Path(str(files("tzdata"))) / "zoneinfo" / name
