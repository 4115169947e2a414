"""Groups, wildcards and comma lists."""

import time

import pytest

from speaker.vapix.arguments import BadArguments
from speaker.vapix.parameters.groups import MOST_GROUPS, groups_in, members
from speaker.vapix.parameters.parameter import Constant, Parameter

PATHS = ["Audio.A0.Name", "Audio.DuplexMode", "AudioSource.A0.Name", "MediaClip.M10.Name"]
PARAMETERS = [Parameter(path, Constant("")) for path in PATHS]


@pytest.mark.parametrize(
    ("group", "paths"),
    [
        ("Audio", PATHS[:2]),
        ("root.Audio", PATHS[:2]),
        ("root.Audio.", PATHS[:2]),
        ("Audio.DuplexMode", PATHS[1:2]),
        ("Audio.A0", PATHS[:1]),
        ("root", PATHS),
        ("*", PATHS),
        ("Audio*", PATHS[:3]),
        ("*.A0.Name", [PATHS[0], PATHS[2]]),
        ("*.*.Name", [PATHS[0], *PATHS[2:]]),
        ("MediaClip.M*.N*e", PATHS[3:]),
        ("M*a*C*p", PATHS[3:]),
        ("audio", []),
        ("Aud", []),
        ("Audio.DuplexMode.X", []),
        ("Audio.?0", []),
        ("root.", PATHS),
    ],
)
def test_a_group_is_a_group_a_parameter_or_a_pattern(group: str, paths: list[str]) -> None:
    assert [each.path for each in members(group, PARAMETERS)] == paths


def test_a_comma_list_names_several_and_each_once() -> None:
    assert groups_in("A, B,,A,") == ("A", "B")
    assert groups_in("") == ()


def test_there_are_not_too_many() -> None:
    with pytest.raises(BadArguments, match=str(MOST_GROUPS)):
        groups_in(",".join(map(str, range(MOST_GROUPS + 1))))


def test_no_pattern_takes_long() -> None:
    long = [Parameter("a" * 60, Constant(""))]
    began = time.process_time()
    assert members("*a" * 2000 + "b", long) == []
    assert time.process_time() - began < 0.5
