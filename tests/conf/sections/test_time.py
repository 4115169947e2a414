"""Which local time can be set."""

import pytest

from conf.sections.time import time_zones
from conf.validation.problem import BadSettings
from conf.validation.validate import validate


@pytest.mark.parametrize(
    ("time", "problem"),
    [
        ({"time_zone": "Europe/Atlantis"}, "time.time_zone: "),
        ({"time_zone": "../etc/passwd"}, "time.time_zone: "),
        ({"time_zone": "Europe/Stockholm\n"}, "time.time_zone: "),
        ({"time_zone": "Europe"}, "time.time_zone: "),
        ({"time_zone": "/usr/share/zoneinfo/UTC"}, "time.time_zone: "),
        ({"time_zone": "a\0b"}, "time.time_zone: "),
        ({"time_zone": "\ud800"}, "time.time_zone: "),
        ({"time_zone": "x" * 5000}, "time.time_zone: "),
        ({"time_zone": "Factory"}, "time.time_zone: "),
        ({"posix_time_zone": ":Europe/Stockholm"}, "time.posix_time_zone: "),
        ({"posix_time_zone": "CET"}, "time.posix_time_zone: "),
        (
            {"time_zone": "Europe/Stockholm", "posix_time_zone": "CET-1"},
            "time.posix_time_zone: .* is beside `time_zone`",
        ),
    ],
)
def test_a_time_zone_is_one_that_there_is(time: dict[str, str], problem: str) -> None:
    with pytest.raises(BadSettings, match=problem):
        validate({"time": time})


def test_names_of_zones_are_those_of_the_database() -> None:
    assert {"Europe/Stockholm", "UTC", "America/Argentina/Ushuaia"} <= set(time_zones())
    assert "localtime" not in time_zones()
