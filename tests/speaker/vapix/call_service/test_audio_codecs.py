"""Names of codecs."""

import typing
from typing import Any

import pytest

from conf.settings import CodecName
from speaker.vapix.call_service.audio_codecs import CODECS, taken_codecs, told_codecs
from speaker.vapix.call_service.fault import Fault
from speaker.vapix.fields import Fields


def test_every_codec_has_a_name_and_is_known_by_what_is_told_of_it() -> None:
    every = typing.get_args(CodecName)
    assert [each.setting for each in CODECS] == list(every)
    assert taken_codecs([Fields(each) for each in told_codecs(every)]) == list(every)


@pytest.mark.parametrize(
    ("given", "codec"),
    [
        ({"Name": "G722"}, "G722"),
        ({"Name": "g.722", "SampleRate": 8000}, "G722"),
        ({"Name": "opus", "SampleRate": 16000}, "opus"),
        ({"Name": "L16"}, "L16/8000"),
        ({"Name": "L16/16000"}, "L16/16000"),
        ({"Name": "pcmu"}, "PCMU"),
    ],
)
def test_names_that_others_use_are_understood(given: dict[str, Any], codec: str) -> None:
    assert taken_codecs([Fields(given)]) == [codec]


@pytest.mark.parametrize("given", [{"Name": "G729"}, {"Name": "L16", "SampleRate": 11025}])
def test_a_codec_that_is_not_there_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(Fault, match="there is no codec"):
        taken_codecs([Fields(given)])
