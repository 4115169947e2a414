"""Peers that are gone in mid call, without a BYE: the call ends all the same."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.peers import phone
from tests.interop.peers.sipp import Sipp
from tests.interop.peers.speaker import Speaker

SILENCE_LIMIT_S = 2
NOTICED_WITHIN_S = SILENCE_LIMIT_S + 3.0
SILENCE = f"nothing came from the peer for {SILENCE_LIMIT_S}"


@pytest.fixture(scope="module")
def watchful_speaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Speaker]:
    folder = tmp_path_factory.mktemp("watchful")
    with Speaker(folder / "speaker", f"sip.rtp_silence_limit_s={SILENCE_LIMIT_S}") as speaker:
        yield speaker


def assert_takes_the_next_call(speaker: Speaker) -> None:
    with phone.call(speaker.uri, "--duration", "0.2") as caller:
        assert caller.outcome().result == "completed"
    speaker.wait_for_calls()


@pytest.mark.parametrize(
    "fate", [signal.SIGKILL, signal.SIGSTOP], ids=["ports_closed", "ports_open_but_silent"]
)
def test_phone_vanishes(watchful_speaker: Speaker, fate: signal.Signals) -> None:
    """A BYE to closed ports is refused by ICMP, one to a hung program runs into timer F."""
    with phone.call(watchful_speaker.uri) as caller:
        caller.wait_until_answered()
        watchful_speaker.wait_for_calls("talking")
        caller.signal(fate)
        watchful_speaker.program.err.wait_for(SILENCE, NOTICED_WITHIN_S)
        watchful_speaker.wait_for_calls()
        assert_takes_the_next_call(watchful_speaker)
        caller.signal(signal.SIGKILL)


@pytest.mark.usefixtures("needs_sipp")
@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_sipp_vanishes(tmp_path: Path, watchful_speaker: Speaker, tcp: bool) -> None:
    target = watchful_speaker.uri
    with Sipp(tmp_path / "sipp", "call.xml", target=target, tcp=tcp, talk_ms=20_000) as sipp:
        watchful_speaker.wait_for_calls("talking")
        sipp.program.signal(signal.SIGKILL)
        watchful_speaker.program.err.wait_for(SILENCE, NOTICED_WITHIN_S)
        watchful_speaker.wait_for_calls()
        assert_takes_the_next_call(watchful_speaker)
