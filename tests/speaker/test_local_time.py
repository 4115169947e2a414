"""What local time is, from the settings to whoever tells it."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from conf.sections.time import TimeSettings
from speaker.local_time import LocalTime, tz_variable

SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)
WINTER = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def local_time() -> Iterator[LocalTime]:
    local = LocalTime()
    yield local
    local.restore()


def offsets_h(*moments: datetime) -> list[float]:
    """How far local time is from UTC, as Python and the C library have it."""
    hours = []
    for moment in moments:
        offset = moment.astimezone().utcoffset()
        assert offset is not None
        assert offset.total_seconds() == time.localtime(moment.timestamp()).tm_gmtoff
        hours.append(offset.total_seconds() / 3600)
    return hours


@pytest.mark.parametrize(
    ("settings", "winter_h", "summer_h"),
    [
        (TimeSettings(time_zone="Europe/Stockholm"), 1, 2),
        (TimeSettings(time_zone="Asia/Kathmandu"), 5.75, 5.75),
        (TimeSettings(posix_time_zone="CET-1CEST,M3.5.0,M10.5.0/3"), 1, 2),
        (
            TimeSettings(posix_time_zone="CET-1CEST,M3.5.0,M10.5.0/3", posix_daylight_saving=False),
            1,
            1,
        ),
        (TimeSettings(posix_time_zone="<+0330>-3:30"), 3.5, 3.5),
        (TimeSettings(posix_time_zone="GMT0BST,M3.5.0/1,M10.5.0"), 0, 1),
        (TimeSettings(posix_time_zone="NZST-12NZDT,M9.5.0,M4.1.0/3"), 13, 12),
    ],
)
def test_local_time_is_what_is_set(
    local_time: LocalTime, settings: TimeSettings, winter_h: float, summer_h: float
) -> None:
    local_time.follow(settings)
    assert offsets_h(WINTER, SUMMER) == [winter_h, summer_h]


def test_without_a_time_zone_it_is_that_of_the_machine(local_time: LocalTime) -> None:
    before = os.environ.get("TZ"), offsets_h(WINTER, SUMMER)
    local_time.follow(TimeSettings(time_zone="Asia/Tokyo"))
    assert offsets_h(WINTER) == [9]
    local_time.follow(TimeSettings())
    assert (os.environ.get("TZ"), offsets_h(WINTER, SUMMER)) == before


def test_a_zone_is_found_where_the_machine_has_no_database(
    monkeypatch: pytest.MonkeyPatch, local_time: LocalTime
) -> None:
    monkeypatch.setattr("zoneinfo.TZPATH", ())
    settings = TimeSettings(time_zone="Europe/Stockholm")
    assert "tzdata" in str(tz_variable(settings))
    local_time.follow(settings)
    assert offsets_h(WINTER, SUMMER) == [1, 2]
