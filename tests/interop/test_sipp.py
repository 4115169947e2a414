"""The speaker and sipp: what matters here is each message, and what it is answered with."""

from pathlib import Path

import pytest

from tests.interop.peers.sipp import Sipp
from tests.interop.peers.speaker import Speaker

pytestmark = pytest.mark.usefixtures("needs_sipp")


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
@pytest.mark.parametrize(
    "scenario",
    [
        "call",
        "hold",
        "late_offer",
        "options",
        "unknown_method",
        "unsupported_method",
        "unknown_extension",
        "stray_bye",
        "no_common_codec",
    ],
)
def test_speaker_keeps_to_the_scenario(
    tmp_path: Path, idle_speaker: Speaker, scenario: str, tcp: bool
) -> None:
    """The section of RFC 3261 or 3264 stands in each scenario."""
    with Sipp(tmp_path / "sipp", f"{scenario}.xml", target=idle_speaker.uri, tcp=tcp) as sipp:
        assert sipp.succeed().retransmissions == 0
    idle_speaker.wait_for_calls()


def test_answer_is_repeated_until_it_is_acknowledged(tmp_path: Path, idle_speaker: Speaker) -> None:
    """RFC 3261 §13.3.1.4."""
    with Sipp(tmp_path / "sipp", "lost_ack.xml", target=idle_speaker.uri) as sipp:
        sipp.succeed()
        assert sipp.received("SIP/2.0 200") == 3 + 1  # the last one is for the BYE


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_ringing_call_can_be_cancelled(tmp_path: Path, ringing_speaker: Speaker, tcp: bool) -> None:
    """RFC 3261 §9.2."""
    target = ringing_speaker.uri
    with Sipp(tmp_path / "sipp", "call_and_cancel.xml", target=target, tcp=tcp) as sipp:
        sipp.succeed()


def test_second_call_hears_busy(tmp_path: Path, idle_speaker: Speaker) -> None:
    with Sipp(tmp_path / "first", "call.xml", target=idle_speaker.uri, talk_ms=1500) as first:
        idle_speaker.wait_for_calls("talking")
        with Sipp(tmp_path / "second", "call_and_hear_busy.xml", target=idle_speaker.uri) as second:
            second.succeed()
        first.succeed()


def test_many_calls_one_after_the_other(tmp_path: Path) -> None:
    with (
        Speaker(tmp_path / "speaker", "sip.max_calls=8") as speaker,
        Sipp(
            tmp_path / "sipp", "call.xml", target=speaker.uri, calls=40, at_once=4, talk_ms=50
        ) as sipp,
    ):
        assert sipp.succeed().successful == 40
        speaker.wait_for_calls()


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_speaker_calls_and_hangs_up(tmp_path: Path, idle_speaker: Speaker, tcp: bool) -> None:
    with Sipp(tmp_path / "sipp", "called_until_bye.xml", tcp=tcp) as sipp:
        call = idle_speaker.call(sipp.uri)
        idle_speaker.wait_for_calls("talking")
        idle_speaker.hang_up(call)
        sipp.succeed()
        idle_speaker.wait_for_calls()


def test_speaker_takes_a_refusal(tmp_path: Path, idle_speaker: Speaker) -> None:
    with Sipp(tmp_path / "sipp", "called_and_busy.xml") as sipp:
        idle_speaker.call(sipp.uri)
        sipp.succeed()
        idle_speaker.wait_for_calls()


def test_speaker_cancels_a_call_that_rings(tmp_path: Path, ringing_speaker: Speaker) -> None:
    """RFC 3261 §9.1."""
    with Sipp(tmp_path / "sipp", "called_and_cancelled.xml") as sipp:
        ringing_speaker.call(sipp.uri)
        sipp.succeed()
