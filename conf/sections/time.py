"""Which local time the speaker tells: the `[time]` of the settings."""

from functools import cache
from typing import Annotated, Final
from zoneinfo import ZoneInfo, available_timezones

from conf.sections.table import Table
from conf.values.constraints import Satisfies
from conf.values.posix_time_zone import BadTimeZone, PosixTimeZone

NOT_ZONES: Final = ("localtime", "posixrules", "Factory")
"""Files beside the zones that name none."""


@cache
def time_zones() -> tuple[str, ...]:
    """The names of all zones, in order: those of this machine, and of a package that we need."""
    return tuple(sorted(available_timezones().difference(NOT_ZONES)))


def _is_time_zone(text: str) -> bool:
    if not text:
        return True
    try:
        ZoneInfo(text)  # one file, where all of them would be some hundreds
    except (LookupError, ValueError, OSError):
        return False
    return text not in NOT_ZONES


def _is_posix_time_zone(text: str) -> bool:
    try:
        return not text or PosixTimeZone.parse(text) is not None
    except BadTimeZone:
        return False


class TimeSettings(Table):
    """Local time: of log lines, of call reports, and of what clients are told.

    With neither of the two time zones, it is that of the machine.
    """

    time_zone: Annotated[
        str,
        Satisfies(_is_time_zone, "a time zone such as Europe/Stockholm, or empty"),
    ] = ""
    """Time zone by its name in the IANA database."""
    posix_time_zone: Annotated[
        str,
        Satisfies(
            _is_posix_time_zone,
            "a POSIX time zone such as CET-1CEST,M3.5.0,M10.5.0/3, or empty",
        ),
    ] = ""
    """Time zone by its rules, where no name will do."""
    posix_daylight_saving: bool = True
    """Whether those rules' summer time counts; off: standard time all year."""
