"""Two PBXs, of which the first has a bad day.

The times are printed: `python -m pytest tests/interop/test_failover.py`. Only order and content are
judged, as a busy machine must not fail a test.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.certificates import AuthorityFolder
from tests.interop.comparison import hears
from tests.interop.namespace import Namespace
from tests.interop.passing_time import let_talk
from tests.interop.pbx_settings import AUTHORITY, registered
from tests.interop.peers import phone
from tests.interop.peers.kamailio import Kamailio, Rules
from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.speaker import Speaker
from tests.interop.record import Record
from tests.interop.speech import Sentence

LIFETIME_S = 10
"""Of a registration, so that it is refreshed, and a silent failure noticed, within seconds."""

FAILBACK_S = 3
RETRANSMISSIONS = 2
"""0.5 + 1 + 2 s: so long an answer is waited for."""

NOTICE_LIMIT_S = LIFETIME_S + 3.5
FAILOVER_LIMIT_S = NOTICE_LIMIT_S + 20.0
"""Not the goal, which is 5 s after the failure is noticed, but what the busiest machine keeps."""

FAILBACK_LIMIT_S = FAILBACK_S + 20.0
"""In the same way: the goal is 2 s more than the setting."""

SETTINGS = {
    "seconds_until_failback": FAILBACK_S,
    "max_retransmissions": RETRANSMISSIONS,
    "max_calls": 2,
}

pytestmark = pytest.mark.usefixtures("needs_kamailio")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What befalls the first PBX, and how it is over."""

    name: str
    strike: Callable[[Kamailio, Namespace], None]
    mend: Callable[[Kamailio, Namespace], None]


KILLED = Trouble("killed", lambda pbx, _: pbx.kill(), lambda pbx, _: pbx.start_again())
FROZEN = Trouble("frozen", lambda pbx, _: pbx.freeze(), lambda pbx, _: pbx.thaw())
WALLED = Trouble(
    "behind a firewall",
    lambda pbx, network: network.block(*pbx.sockets.ports),
    lambda _, network: network.unblock(),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A speaker with an account at two PBXs, in a network of their own."""

    network: Namespace
    primary: Kamailio
    secondary: Kamailio
    speaker: Speaker


@pytest.fixture
def scene(
    tmp_path: Path, needs_namespaces: None, authority: AuthorityFolder, transport: str
) -> Iterator[Scene]:
    rules = Rules(
        users={"speaker": "tea-at-five"},
        max_expires_s=LIFETIME_S,
        certificate=authority.issue(LOOPBACK),
    )
    with ExitStack() as stack:
        network = stack.enter_context(Namespace())
        primary = stack.enter_context(Kamailio(tmp_path / "primary", rules))
        secondary = stack.enter_context(Kamailio(tmp_path / "secondary", rules))
        speaker = stack.enter_context(
            Speaker(
                tmp_path / "speaker",
                certificates={AUTHORITY: authority.path},
                config=registered(
                    primary.account("speaker", transport),
                    secondary=secondary.account("speaker", transport).server,
                    settings=SETTINGS,
                ),
            )
        )
        primary.wait_until_registered("speaker")
        speaker.wait_for_registration("registered")
        yield Scene(network, primary, secondary, speaker)
        speaker.stop()
        assert (primary.contacts("speaker"), secondary.contacts("speaker")) == ([], [])


@pytest.mark.parametrize(
    ("trouble", "transport"),
    [
        (KILLED, "tls"),
        (FROZEN, "udp"),
        (WALLED, "tcp"),
    ],
    ids=lambda value: value.name if isinstance(value, Trouble) else value,
)
def test_secondary_server_stands_in_and_a_call_goes_on(
    scene: Scene,
    trouble: Trouble,
    room_words: Sentence,
    record: Record,
) -> None:
    """The registrations are neither lost nor doubled, on the way there and back."""
    primary, secondary, speaker = scene.primary, scene.secondary, scene.speaker
    sound = ("--play", room_words.path, "--play-loop")
    with phone.call(primary.uri_of("speaker"), *sound) as caller:
        caller.wait_until_answered()
        struck = time.monotonic()
        trouble.strike(primary, scene.network)
        secondary.wait_until_registered("speaker", FAILOVER_LIMIT_S)
        record.seconds("struck → registered on the secondary", time.monotonic() - struck)
        speaker.wait_for_registration("secondary")
        assert len(secondary.contacts("speaker")) == 1
        speaker.listen_anew()
        let_talk(2 * room_words.sound.duration_s)
        assert hears(room_words.sound, speaker.played())
        mended = time.monotonic()
        trouble.mend(primary, scene.network)
        speaker.wait_for_registration("registered", timeout_s=FAILBACK_LIMIT_S)
        record.seconds("primary back → registered there", time.monotonic() - mended)
        secondary.wait_for_contacts("speaker", 0)
        primary.wait_for_contacts("speaker", 1)
        assert speaker.call_states() == ["talking"]
        speaker.hang_up(speaker.only_call)
        assert caller.outcome().ended_by == "remote"


@pytest.mark.parametrize("transport", ["tls"])
def test_dead_connection_is_not_used_again(scene: Scene, record: Record, transport: str) -> None:
    """The server lives, but what goes over the old connection is lost, as behind a NAT that
    has forgotten it.
    """
    primary = scene.primary
    (before,) = primary.contacts("speaker")
    struck = time.monotonic()
    port = primary.sockets.tls_port if transport == "tls" else primary.sockets.port
    scene.network.cut(before.client_port, port)
    scene.speaker.wait_for_registration(
        "secondary", "registering", "waiting", timeout_s=FAILOVER_LIMIT_S
    )
    record.seconds("cut → noticed", time.monotonic() - struck)
    scene.speaker.wait_for_registration("registered", timeout_s=FAILBACK_LIMIT_S)
    record.seconds("cut → registered there anew", time.monotonic() - struck)
    assert before.client_port not in {
        contact.client_port for contact in primary.wait_for_contacts("speaker", 1, LIFETIME_S + 5)
    }
