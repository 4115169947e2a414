"""Time zones as POSIX writes them, against what Python and the C library make of the same text."""

import io
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from conf.values.posix_time_zone import BadTimeZone, Change, PosixTimeZone

ZONES = {
    "Europe/London": "GMT0BST,M3.5.0/1,M10.5.0",
    "Europe/Paris": "CET-1CEST,M3.5.0,M10.5.0/3",
    "America/Chicago": "CST6CDT,M3.2.0,M11.1.0",
    "America/Sao_Paulo": "<-03>3",
    "America/St_Johns": "NST3:30NDT,M3.2.0,M11.1.0",
    "Asia/Kolkata": "IST-5:30",
    "Asia/Tehran": "<+0330>-3:30",
    "Australia/Sydney": "AEST-10AEDT,M10.1.0,M4.1.0/3",
    "Australia/Lord_Howe": "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
    "Pacific/Chatham": "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45",
    "Africa/Cairo": "EET-2EEST,M4.5.5/0,M10.5.4/24",
    "Atlantic/Azores": "<-01>1<+00>,M3.5.0/0,M10.5.0/1",
    "by days": "AAA3BBB,J60/0,J300",
}
BY_DAYS_WITH_29_FEBRUARY = "AAA3BBB,59/0,300/1:02:03"
"""Python takes the days for one less (seen in 3.11); the C library counts from 0 as POSIX says."""

MOMENTS = [
    datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=7 * step, seconds=step)
    for step in range(3 * 365 * 24 // 7)
]


def judge(text: str) -> ZoneInfo:
    """Python's reading: a file of the zone database without a change, and with this footer."""
    header = b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    data = struct.pack(">lbb", 0, 0, 0) + b"UTC\0"
    return ZoneInfo.from_file(io.BytesIO((header + data) * 2 + b"\n" + text.encode() + b"\n"))


@pytest.mark.parametrize("text", ZONES.values(), ids=ZONES)
def test_each_moment_is_shown_as_python_shows_it(text: str) -> None:
    zone, judged = PosixTimeZone.parse(text), judge(text)
    for at in MOMENTS:
        expected = at.astimezone(judged)
        local = zone.local(at)
        assert local.replace(tzinfo=None) == expected.replace(tzinfo=None), at
        assert local.utcoffset() == expected.utcoffset()
        assert local.tzname() == expected.tzname()


@contextmanager
def c_library_in(text: str) -> Iterator[None]:
    """`time.localtime` tells the time of this zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = text
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


@pytest.mark.parametrize("text", [*ZONES.values(), BY_DAYS_WITH_29_FEBRUARY])
def test_each_moment_is_shown_as_the_c_library_shows_it(text: str) -> None:
    zone = PosixTimeZone.parse(text)
    with c_library_in(text):
        for at in MOMENTS:
            expected, local = time.localtime(at.timestamp()), zone.local(at)
            assert local.timetuple()[:6] == expected[:6], at
            assert local.tzname() == expected.tm_zone


@pytest.mark.parametrize("text", ZONES.values(), ids=ZONES)
def test_what_is_written_is_read_again(text: str) -> None:
    zone = PosixTimeZone.parse(text)
    assert str(zone) == text
    assert PosixTimeZone.parse(str(zone)) == zone


def test_british_clocks_change_at_one_in_march_and_at_two_in_october() -> None:
    """The example of the System settings document, at the very seconds."""
    zone = PosixTimeZone.parse("GMT0BST,M3.5.0/1,M10.5.0")
    changes = [
        (datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), "2026-03-29T00:59:59+00:00"),
        (datetime(2026, 3, 29, 1, 0, 0, tzinfo=UTC), "2026-03-29T02:00:00+01:00"),
        (datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC), "2026-10-25T01:59:59+01:00"),
        (datetime(2026, 10, 25, 1, 0, 0, tzinfo=UTC), "2026-10-25T01:00:00+00:00"),
    ]
    assert [(at, zone.local(at).isoformat()) for at, _ in changes] == changes


def test_summer_time_is_an_hour_ahead_at_two_unless_said_otherwise() -> None:
    summer = PosixTimeZone.parse("AAA3BBB,M4.1.0,M9.1.0").summer
    assert summer is not None
    assert (summer.west_s, summer.begins.at_s) == (2 * 3600, 2 * 3600)


def test_summer_time_without_changes_has_those_of_the_c_library() -> None:
    """Which are those of the United States."""
    assert str(PosixTimeZone.parse("EST5EDT")) == "EST5EDT,M3.2.0,M11.1.0"


def test_a_zone_can_do_without_its_summer_time() -> None:
    assert str(PosixTimeZone.parse("CET-1CEST,M3.5.0,M10.5.0/3").without_summer()) == "CET-1"


@pytest.mark.parametrize(
    ("change", "year", "on"),
    [
        (Change(day=365), 2028, "2028-12-31T02:00:00"),
        (Change(day=365), 2027, "2028-01-01T02:00:00"),
        (Change(julian=365), 2028, "2028-12-31T02:00:00"),
        (Change(julian=60), 2028, "2028-03-01T02:00:00"),
        (Change(day=59), 2028, "2028-02-29T02:00:00"),
    ],
)
def test_29_february_is_counted_or_not(change: Change, year: int, on: str) -> None:
    assert change.in_year(year).isoformat() == on


@pytest.mark.parametrize(
    "text",
    ["UTC0", "ABC+1", "ABC-01:30", "ABCDEF23:59:59", "<-03>3", "<UTC+5>-5", "ABC00"],
)
def test_every_form_of_the_grammar_is_read(text: str) -> None:
    PosixTimeZone.parse(text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "name"),
        (":Europe/London", "name"),
        ("Europe/London", "name"),
        ("AB1", "name"),
        ("ABCDEFG1", "name"),
        ("<AB>1", "name"),
        ("<ABCDEFG>1", "name"),
        ("<A_C>1", "name"),
        ("A1C1", "name"),
        ("GMT", "name"),
        ("GMT٣", "name"),
        ("GMT25", "hours of the offset"),
        ("GMT24", "less than a day"),
        ("GMT1:60", "minutes of the offset"),
        ("GMT1:00:60", "seconds of the offset"),
        ("GMT1:", "summer time"),
        ("GMT0BS", "summer time"),
        ("GMT0BST,", "change"),
        ("GMT0BST,M3.5.0", "change"),
        ("GMT0BST,M3.5.0,M10.5.0,M11.1.0", "change"),
        ("GMT0BST,M0.5.0,M10.5.0", "month"),
        ("GMT0BST,M13.5.0,M10.5.0", "month"),
        ("GMT0BST,M3.0.0,M10.5.0", "week"),
        ("GMT0BST,M3.6.0,M10.5.0", "week"),
        ("GMT0BST,M3.5.7,M10.5.0", "day of the week"),
        ("GMT0BST,J0,J300", "day after J"),
        ("GMT0BST,J366,J300", "day after J"),
        ("GMT0BST,366,300", "day"),
        ("GMT0BST,M3.5.0/-1,M10.5.0", "no sign"),
        ("GMT0BST,M3.5.0/+1,M10.5.0", "no sign"),
        ("GMT0BST,M3.5.0/25,M10.5.0", "hours of the time"),
        ("GMT0BST,M3.5.0/1,M10.5.0 ", "no sign"),
        ("GMT0BST,M3.5.0/1,M10.5.0\n", "no sign"),
        ("GMT-23:30BST", "a day or more"),
        ("GMT0" * 1000, "more than a time zone has"),
    ],
)
def test_what_breaks_a_rule_is_refused_in_words(text: str, rule: str) -> None:
    with pytest.raises(BadTimeZone, match=rule):
        PosixTimeZone.parse(text)


NAMES = st.sampled_from(["ABC", "abcdef", "<-03>", "<A+1>"])
TIMES = st.builds(
    "{}:{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59)
)
OFFSETS = st.builds("{}{}".format, st.sampled_from(["", "-", "+"]), TIMES)
DAYS = st.one_of(
    st.builds("M{}.{}.{}".format, st.integers(1, 12), st.integers(1, 5), st.integers(0, 6)),
    st.builds("J{}".format, st.integers(1, 365)),
    st.builds("{}".format, st.integers(0, 365)),
)
CHANGES = st.builds("{}/{}".format, DAYS, TIMES)


@settings(max_examples=200, deadline=None)
@given(NAMES, OFFSETS, st.integers(-3600, 7200), CHANGES, CHANGES, st.integers(0, 10**6))
def test_any_zone_is_read_as_the_c_library_reads_it(
    name: str, offset: str, ahead_s: int, begins: str, ends: str, minutes: int
) -> None:
    standard = PosixTimeZone.parse(f"{name}{offset}")
    west_s = standard.west_s - ahead_s
    assume(abs(west_s) < 86_400)
    sign = "-" if west_s < 0 else ""
    hours, rest = divmod(abs(west_s), 3600)
    text = f"{name}{offset}SSS{sign}{hours}:{rest // 60:02}:{rest % 60:02},{begins},{ends}"
    zone = PosixTimeZone.parse(text)
    assert PosixTimeZone.parse(str(zone)) == zone
    at = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    assert zone.summer is not None
    changes = [each.in_year(at.year) for each in (zone.summer.begins, zone.summer.ends)]
    # Where the clocks go back before they went forward, nobody says what counts; and the C library
    # looks at one year at a time.
    assume(abs(changes[0] - changes[1]) > timedelta(days=7))
    assume(all(3 < each.timetuple().tm_yday < 363 for each in changes))
    assume(3 < at.timetuple().tm_yday < 363)
    with c_library_in(text):
        assert zone.local(at).timetuple()[:6] == time.localtime(at.timestamp())[:6]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ABCabc<>+-0123456789:,./MJ", max_size=40))
def test_any_text_is_a_zone_or_is_refused(text: str) -> None:
    try:
        zone = PosixTimeZone.parse(text)
    except BadTimeZone:
        return
    zone.local(datetime(2026, 11, 27, tzinfo=UTC))
    assert PosixTimeZone.parse(str(zone)) == zone
