"""PRACK, session timers, transfers and events, message by message with sipp."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.peers.sipp import Sipp
from tests.interop.peers.speaker import Speaker

pytestmark = pytest.mark.usefixtures("needs_sipp")

TRANSPORTS = pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])


@pytest.fixture(scope="module")
def announcing_speaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Speaker]:
    """A speaker whose callers hear the announcement before the answer."""
    settings = ("announcement.clip=tone", "announcement.ringback_while_playing=false")
    with Speaker(tmp_path_factory.mktemp("announcing") / "speaker", *settings) as speaker:
        yield speaker


@TRANSPORTS
def test_early_media_are_acknowledged(
    tmp_path: Path, announcing_speaker: Speaker, tcp: bool
) -> None:
    """RFC 3262 §3."""
    target = announcing_speaker.uri
    scenario = "early_media_with_prack.xml"
    with Sipp(tmp_path / "sipp", scenario, target=target, tcp=tcp) as sipp:
        sipp.succeed()
    announcing_speaker.wait_for_calls()


def test_early_media_are_repeated_until_they_are_acknowledged(
    tmp_path: Path, announcing_speaker: Speaker
) -> None:
    """RFC 3262 §3."""
    target = announcing_speaker.uri
    with Sipp(tmp_path / "sipp", "unacknowledged_early_media.xml", target=target) as sipp:
        sipp.succeed()
        assert sipp.received("SIP/2.0 183") == 1 + 2  # after 0.5 and 1.5 s
    announcing_speaker.wait_for_calls()


@TRANSPORTS
def test_speaker_acknowledges_early_media(tmp_path: Path, idle_speaker: Speaker, tcp: bool) -> None:
    """RFC 3262 §4."""
    with Sipp(tmp_path / "sipp", "called_with_early_media.xml", tcp=tcp) as sipp:
        call = idle_speaker.call(sipp.uri)
        idle_speaker.wait_for_calls("talking")
        idle_speaker.hang_up(call)
        sipp.succeed()
    idle_speaker.wait_for_calls()


@TRANSPORTS
@pytest.mark.parametrize(
    "scenario", ["session_timer", "session_interval_too_small", "unknown_event"]
)
def test_speaker_keeps_to_the_scenario(
    tmp_path: Path, idle_speaker: Speaker, scenario: str, tcp: bool
) -> None:
    """RFC 4028 §9, RFC 6665 §4."""
    with Sipp(tmp_path / "sipp", f"{scenario}.xml", target=idle_speaker.uri, tcp=tcp) as sipp:
        sipp.succeed()
    idle_speaker.wait_for_calls()


def test_speaker_takes_a_longer_session_interval(tmp_path: Path, idle_speaker: Speaker) -> None:
    """RFC 4028 §7.3."""
    with Sipp(tmp_path / "sipp", "called_with_longer_interval.xml") as sipp:
        call = idle_speaker.call(sipp.uri)
        idle_speaker.wait_for_calls("talking")
        idle_speaker.hang_up(call)
        sipp.succeed()
    idle_speaker.wait_for_calls()


def test_speaker_is_transferred(tmp_path: Path, idle_speaker: Speaker) -> None:
    """RFC 5589 §6.1: the second sipp is whom the first one names.

    By UDP: on a connection sipp gives up where a second request comes in one read with the first.
    """
    with (
        Sipp(tmp_path / "second", "called_until_bye.xml") as second,
        Sipp(
            tmp_path / "first",
            "transfer_the_speaker.xml",
            target=idle_speaker.uri,
            target_uri=second.uri,
        ) as first,
    ):
        first.succeed()
        idle_speaker.wait_for_calls("talking")
        idle_speaker.hang_up(idle_speaker.only_call)
        second.succeed()
    idle_speaker.wait_for_calls()


def test_speaker_transfers(tmp_path: Path, idle_speaker: Speaker) -> None:
    """RFC 3515 §2.4, by the HTTP interface."""
    scenario = "transferred_by_the_speaker.xml"
    with Sipp(tmp_path / "sipp", scenario, target=idle_speaker.uri) as sipp:
        idle_speaker.wait_for_calls("talking")
        idle_speaker.transfer(idle_speaker.only_call, "sip:elsewhere@192.0.2.1")
        sipp.succeed()
    idle_speaker.wait_for_calls()
