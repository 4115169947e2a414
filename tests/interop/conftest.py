"""What the interop tests share: the sentences, and the rule for a missing peer."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.certificates import AuthorityFolder
from tests.interop.device_settings import KEYS_PLAY_AND_STOP, WHEN_ASKED
from tests.interop.namespace import why_impossible
from tests.interop.peers import baresip, dnsmasq, kamailio, linphonec, sipp
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.kamailio import Kamailio, Rules
from tests.interop.peers.linphonec import Linphonec
from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.speaker import Speaker
from tests.interop.peers.telephone import TelephoneMaker
from tests.interop.record import Record
from tests.interop.second_chance import SecondChance
from tests.interop.sound_file import Sound, write_sound
from tests.interop.speech import TELEPHONE_RATE_HZ, Sentence, speak
from tools.stall_watch import StallWatch

INSTALLED = {
    "baresip": baresip.is_installed,
    "dnsmasq": dnsmasq.is_installed,
    "kamailio": kamailio.is_installed,
    "linphonec": linphonec.is_installed,
    "sipp": sipp.is_installed,
}


SENTENCES = {"callers_words", "talk_s"}
"""Fixtures of tests that judge what is heard: the machine should have little else to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and SENTENCES & set(item.fixturenames):
            item.add_marker("hears")


def pytest_configure(config: pytest.Config) -> None:
    watch = StallWatch()
    config.add_cleanup(watch.close)
    config.pluginmanager.register(
        SecondChance(Path(__file__).parent, watch.longest_s, in_ci=os.environ.get("CI") == "true")
    )


TELEPHONES: dict[str, TelephoneMaker] = {"baresip": Baresip, "linphonec": Linphonec}


def _need(peer: str) -> None:
    if not INSTALLED[peer]():
        _do_without(f"{peer} is not installed")


def _do_without(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and in CI every peer must be met")
    pytest.skip(reason)


@pytest.fixture
def needs_baresip() -> None:
    _need("baresip")


@pytest.fixture(scope="session")
def needs_kamailio() -> None:
    _need("kamailio")


@pytest.fixture(scope="session")
def needs_dnsmasq() -> None:
    _need("dnsmasq")


@pytest.fixture(scope="session")
def needs_namespaces() -> None:
    reason = why_impossible()
    if reason:
        _do_without(reason)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Takes figures that are not judged."""
    return Record(request)


@pytest.fixture
def needs_linphonec() -> None:
    _need("linphonec")


@pytest.fixture
def needs_sipp() -> None:
    _need("sipp")


@pytest.fixture(params=TELEPHONES)
def new_telephone(request: pytest.FixtureRequest) -> TelephoneMaker:
    """Starts a telephone: the test runs once with each make."""
    _need(request.param)
    return TELEPHONES[request.param]


@pytest.fixture(scope="session")
def callers_words(tmp_path_factory: pytest.TempPathFactory) -> Sentence:
    """What the person at the phone says."""
    return speak(
        "Good morning, I have a parcel for you.",
        tmp_path_factory.mktemp("speech") / "caller.wav",
        voice="en-gb",
    )


@pytest.fixture(scope="session")
def room_words(tmp_path_factory: pytest.TempPathFactory) -> Sentence:
    """What the person near the speaker says."""
    return speak(
        "Leave it by the door.",
        tmp_path_factory.mktemp("speech") / "room.wav",
        voice="en-us+f3",
    )


@pytest.fixture(scope="session")
def announcement(tmp_path_factory: pytest.TempPathFactory) -> Sentence:
    """What the speaker announces, or plays as a clip."""
    return speak(
        "The shop will close soon.",
        tmp_path_factory.mktemp("speech") / "announcement.wav",
        voice="en-us",
    )


@pytest.fixture(scope="session")
def silence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The voice of a peer that says nothing."""
    path = tmp_path_factory.mktemp("speech") / "silence.wav"
    write_sound(path, Sound(np.zeros(TELEPHONE_RATE_HZ), TELEPHONE_RATE_HZ))
    return path


@pytest.fixture(scope="session")
def talk_s(callers_words: Sentence, room_words: Sentence) -> float:
    """How long a call must last, at most, for both sentences to pass in full.

    The microphone's file has been repeating since the speaker started, so in the worst case one
    repetition is under way when the call is answered; the phone's starts with the answer.
    """
    line_delay_s = 0.5
    return max(callers_words.sound.duration_s, 2 * room_words.sound.duration_s) + line_delay_s


@pytest.fixture(scope="session")
def shared_speaker(
    tmp_path_factory: pytest.TempPathFactory, room_words: Sentence, announcement: Sentence
) -> Iterator[Speaker]:
    with Speaker(
        tmp_path_factory.mktemp("shared") / "speaker",
        microphone=room_words.path,
        clips={"closing": announcement.path},
        config=KEYS_PLAY_AND_STOP,
    ) as speaker:
        yield speaker


@pytest.fixture
def idle_speaker(shared_speaker: Speaker) -> Iterator[Speaker]:
    """A speaker that answers by itself, shared by tests that leave it without a call or a clip.

    Near its microphone somebody says `room_words` over and over; key 1 plays the announcement over
    and over, key 0 stops it.
    """
    yield from _lent(shared_speaker)


@pytest.fixture(scope="session")
def shared_ringing_speaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Speaker]:
    folder = tmp_path_factory.mktemp("ringing") / "speaker"
    with Speaker(folder, "sip.calling_timeout_s=1", config=WHEN_ASKED) as speaker:
        yield speaker


@pytest.fixture
def ringing_speaker(shared_ringing_speaker: Speaker) -> Iterator[Speaker]:
    """A speaker that lets calls ring unless the caller asks for an answer, shared in the same way.

    It gives up a call of its own after a second.
    """
    yield from _lent(shared_ringing_speaker)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> AuthorityFolder:
    """Who vouches for the PBX."""
    return AuthorityFolder.found(tmp_path_factory.mktemp("authority") / "authority")


@pytest.fixture(scope="session")
def shared_pbx(
    tmp_path_factory: pytest.TempPathFactory,
    authority: AuthorityFolder,
    needs_kamailio: None,
) -> Iterator[Kamailio]:
    rules = Rules(
        users={"phone": "fish-and-chips", "speaker": "tea-at-five"},
        certificate=authority.issue("pbx.test", LOOPBACK),
    )
    with Kamailio(tmp_path_factory.mktemp("pbx") / "kamailio", rules) as running:
        yield running


@pytest.fixture
def pbx(shared_pbx: Kamailio) -> Iterator[Kamailio]:
    """A PBX on loopback, shared by tests that leave it without registrations of theirs."""
    before = len(shared_pbx.log)
    yield shared_pbx
    sys.stderr.write(shared_pbx.log[before:])


def _lent(speaker: Speaker) -> Iterator[Speaker]:
    """A shared speaker for one test; if that fails, what the speaker logged meanwhile is shown."""
    speaker.listen_anew()
    before = len(speaker.program.err.text)
    yield speaker
    sys.stderr.write(speaker.program.err.text[before:])
    speaker.wait_for_calls()
