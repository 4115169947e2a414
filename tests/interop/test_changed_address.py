"""The speaker gets another address while it is registered at a PBX on the far end of a cable."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.interop.namespace import Namespace
from tests.interop.pbx_settings import registered
from tests.interop.peers.kamailio import Kamailio, Rules, Sockets
from tests.interop.peers.program import Program
from tests.interop.peers.speaker import Speaker

OLD, NEW, PBX = "192.0.2.1", "192.0.2.2", "192.0.2.9"
AT_ONCE_S = 15.0
"""Much sooner than the registration would have to be refreshed, which is in four minutes."""

pytestmark = pytest.mark.usefixtures("needs_kamailio", "needs_namespaces")


@dataclass(frozen=True, slots=True)
class Scene:
    """The network in which the speaker is, and the PBX, which is in another."""

    network: Namespace
    pbx: Kamailio


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    rules = Rules(users={"speaker": "tea-at-five"})
    with ExitStack() as stack:
        stack.enter_context(Namespace())
        inhabitant = stack.enter_context(Program(["sleep", "infinity"], folder=tmp_path))
        network = stack.enter_context(Namespace())
        network.connect(inhabitant.pid, OLD, PBX)
        with network.left():
            sockets = Sockets.free(PBX)
            pbx = stack.enter_context(Kamailio(tmp_path / "kamailio", rules, sockets))
        yield Scene(network, pbx)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_new_address_is_registered_at_once_and_the_old_one_gone(
    tmp_path: Path, scene: Scene, transport: str
) -> None:
    """RFC 3261 §10.2.1 and §10.2.2, told by the kernel."""
    config = registered(scene.pbx.account("speaker", transport))
    with Speaker(tmp_path / "speaker", config=config, bind=None):
        scene.pbx.wait_until_registered("speaker")
        (before,) = scene.pbx.contacts("speaker")
        assert OLD in before.uri
        scene.network.remove_address(OLD)
        scene.network.add_address(NEW)
        scene.pbx.wait_until_registered("speaker", AT_ONCE_S)
        (after,) = scene.pbx.wait_for_contacts("speaker", 1)
        assert NEW in after.uri
