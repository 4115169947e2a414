"""Time zones as POSIX writes them in TZ (IEEE Std 1003.1-2004 §8.3), in the form that VAPIX takes.

    GMT0BST,M3.5.0/1,M10.5.0       standard GMT = UTC, summer BST from the last Sunday of March at
                                   01:00 until the last Sunday of October at 02:00

Offsets count westwards: what is added to the local time to get UTC. The form of `:file` is refused,
as are times of a change with a sign or beyond 24 hours, which later editions of POSIX allow.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

HOUR_S: Final = 3600
DAY_S: Final = 24 * HOUR_S
AT_TWO: Final = 2 * HOUR_S
"""When a change takes place if nothing is said (seconds after midnight)."""

LONGEST: Final = 128
"""Characters: more than any zone has."""

_NAME: Final = r"([A-Za-z]{3,6}|<[A-Za-z0-9+-]{3,6}>)"
_TIME: Final = r"([0-9]{1,2})(?::([0-9]{1,2})(?::([0-9]{1,2}))?)?"
_STANDARD: Final = re.compile(rf"{_NAME}([+-]?){_TIME}")
_SUMMER: Final = re.compile(rf"{_NAME}(?:([+-]?){_TIME})?")
_CHANGE: Final = re.compile(
    rf"(?:M([0-9]{{1,2}})\.([0-9])\.([0-9])|(J?)([0-9]{{1,3}}))(?:/{_TIME})?"
)


class BadTimeZone(ValueError):
    """A text is no POSIX time zone; the message names the part and the rule."""


@dataclass(frozen=True, slots=True)
class Change:
    """When the clocks change: a day of the year, and a time on the local clock before it.

    Exactly one of the three ways to name the day is used.
    """

    month_week_day: tuple[int, int, int] | None = None
    """1..12; 1..5, 5 being the last one; 0..6, 0 being Sunday."""
    julian: int | None = None
    """1..365: 29 February is never counted."""
    day: int | None = None
    """0..365: 29 February is counted; 365 is 1 January in years that have it not."""
    at_s: int = AT_TWO
    """Seconds after midnight."""

    def in_year(self, year: int) -> datetime:
        """The moment on the local clock, without a zone."""
        midnight = datetime.combine(self._date(year), datetime.min.time())
        return midnight + timedelta(seconds=self.at_s)

    def _date(self, year: int) -> date:
        if self.month_week_day is not None:
            month, week, day = self.month_week_day
            first, length = monthrange(year, month)  # Monday is 0
            on = 1 + (day - 1 - first) % 7 + 7 * (week - 1)
            return date(year, month, on if on <= length else on - 7)
        first_day = date(year, 1, 1)
        if self.julian is not None:
            after_february = isleap(year) and self.julian > 59
            return first_day + timedelta(days=self.julian - 1 + after_february)
        return first_day + timedelta(days=self.day or 0)

    def __str__(self) -> str:
        if self.month_week_day is not None:
            day = "M{}.{}.{}".format(*self.month_week_day)
        else:
            day = f"J{self.julian}" if self.julian is not None else f"{self.day}"
        return day if self.at_s == AT_TWO else f"{day}/{_time(self.at_s)}"


FROM_MARCH: Final = Change(month_week_day=(3, 2, 0))
UNTIL_NOVEMBER: Final = Change(month_week_day=(11, 1, 0))
"""The changes of a zone that has summer time and does not say when: those of the GNU C library."""


@dataclass(frozen=True, slots=True)
class SummerTime:
    """The clock of a part of the year."""

    name: str
    west_s: int
    """Seconds that are added to the local time to get UTC."""
    begins: Change = FROM_MARCH
    ends: Change = UNTIL_NOVEMBER


@dataclass(frozen=True, slots=True)
class PosixTimeZone:
    """A time zone. `str` writes what `parse` reads."""

    name: str
    west_s: int
    """Seconds that are added to the local time to get UTC."""
    summer: SummerTime | None = None

    @classmethod
    def parse(cls, text: str) -> PosixTimeZone:
        """Read a zone.

        Raises:
            BadTimeZone: it breaks a rule.
        """
        if len(text) > LONGEST:
            raise BadTimeZone(f"{len(text)} characters are more than a time zone has")
        found = _STANDARD.match(text)
        if found is None:
            raise BadTimeZone(
                f"{text!r}: does not begin with a name (3 to 6 letters, or <> around letters,"
                " digits, + and -) and its offset from UTC"
            )
        name, sign, *offset = found.groups()
        zone = cls(_unquoted(name), _signed(sign, _offset_s(offset)))
        rest = text[found.end() :]
        return replace(zone, summer=_parse_summer(rest, zone.west_s)) if rest else zone

    def __str__(self) -> str:
        text = f"{_quoted(self.name)}{_time(self.west_s)}"
        summer = self.summer
        if summer is None:
            return text
        offset = "" if summer.west_s == self.west_s - HOUR_S else _time(summer.west_s)
        return f"{text}{_quoted(summer.name)}{offset},{summer.begins},{summer.ends}"

    def without_summer(self) -> PosixTimeZone:
        """The same zone with its standard time all year."""
        return replace(self, summer=None)

    def is_summer(self, at: datetime) -> bool:
        """Whether summer time holds at a moment (with a zone)."""
        if self.summer is None:
            return False
        utc = at.astimezone(UTC).replace(tzinfo=None)
        begins, ends = self.summer.begins, self.summer.ends
        changes = []
        for year in (utc.year - 1, utc.year, utc.year + 1):
            if not 1 < year < 9999:
                continue
            # Each on the clock that goes until then.
            changes.append((begins.in_year(year) + timedelta(seconds=self.west_s), True))
            changes.append((ends.in_year(year) + timedelta(seconds=self.summer.west_s), False))
        passed = [each for each in changes if each[0] <= utc]
        return max(passed)[1] if passed else False

    def local(self, at: datetime) -> datetime:
        """A moment (with a zone) on the clocks of this zone."""
        if self.summer is not None and self.is_summer(at):
            return at.astimezone(timezone(timedelta(seconds=-self.summer.west_s), self.summer.name))
        return at.astimezone(timezone(timedelta(seconds=-self.west_s), self.name))


def _parse_summer(text: str, standard_west_s: int) -> SummerTime:
    found = _SUMMER.match(text)
    if found is None:
        raise BadTimeZone(f"{text!r}: is no name of a summer time (3 to 6 letters, or <> around)")
    name, sign, *offset = found.groups()
    west_s = standard_west_s - HOUR_S if offset[0] is None else _signed(sign, _offset_s(offset))
    if not -DAY_S < west_s < DAY_S:
        raise BadTimeZone(f"{text!r}: summer time is a day or more away from UTC")
    summer = SummerTime(_unquoted(name), west_s)
    rules = text[found.end() :]
    if not rules:
        return summer
    comma, *changes = rules.split(",")
    if comma or len(changes) != 2:
        raise BadTimeZone(f"{rules!r}: is not `,` and the change to summer time, `,` and that back")
    return replace(summer, begins=_parse_change(changes[0]), ends=_parse_change(changes[1]))


def _parse_change(text: str) -> Change:
    found = _CHANGE.fullmatch(text)
    if found is None:
        raise BadTimeZone(
            f"{text!r}: is not Month.Week.Day with M before it, Jday or day, with /time behind it"
            " or not; a time has no sign"
        )
    month, week, weekday, julian, day, *time = found.groups()
    at_s = AT_TWO if time[0] is None else _seconds(time, "time")
    if month is not None:
        _within(int(month), 1, 12, "month")
        _within(int(week), 1, 5, "week")
        _within(int(weekday), 0, 6, "day of the week")
        return Change(month_week_day=(int(month), int(week), int(weekday)), at_s=at_s)
    if julian:
        return Change(julian=_within(int(day), 1, 365, "day after J"), at_s=at_s)
    return Change(day=_within(int(day), 0, 365, "day"), at_s=at_s)


def _offset_s(parts: list[str]) -> int:
    seconds = _seconds(parts, "offset")
    if seconds >= DAY_S:
        raise BadTimeZone(f"offset {_time(seconds)}: a zone is less than a day away from UTC")
    return seconds


def _seconds(parts: list[str], what: str) -> int:
    hours, minutes, seconds = (int(part or 0) for part in parts)
    _within(hours, 0, 24, f"hours of the {what}")
    _within(minutes, 0, 59, f"minutes of the {what}")
    _within(seconds, 0, 59, f"seconds of the {what}")
    return hours * HOUR_S + minutes * 60 + seconds


def _within(value: int, low: int, high: int, what: str) -> int:
    if not low <= value <= high:
        raise BadTimeZone(f"{what}: {value} is outside {low}..{high}")
    return value


def _signed(sign: str, seconds: int) -> int:
    return -seconds if sign == "-" else seconds


def _time(seconds: int) -> str:
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    hours, rest = divmod(seconds, HOUR_S)
    if not rest:
        return f"{sign}{hours}"
    minutes, rest = divmod(rest, 60)
    return f"{sign}{hours}:{minutes:02}" + (f":{rest:02}" if rest else "")


def _unquoted(name: str) -> str:
    return name.strip("<>")


def _quoted(name: str) -> str:
    return name if name.isalpha() else f"<{name}>"
