"""The speaker knows the domain of its PBX only; a real name server tells it where that is."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.interop.namespace import Namespace
from tests.interop.pbx_settings import DOMAIN, registered
from tests.interop.peers.dnsmasq import Dnsmasq
from tests.interop.peers.kamailio import Kamailio, Rules, Sockets
from tests.interop.peers.speaker import Speaker

FIRST, SECOND = "127.0.0.2", "127.0.0.3"
HOSTS = (f"host-record=first.{DOMAIN},{FIRST}", f"host-record=second.{DOMAIN},{SECOND}")
RULES = Rules(users={"speaker": "tea-at-five"}, max_expires_s=6)
FAILOVER_LIMIT_S = 30.0
SETTINGS = {"max_retransmissions": 2}

pytestmark = pytest.mark.usefixtures("needs_kamailio", "needs_dnsmasq")


@dataclass(frozen=True, slots=True)
class Domain:
    """Two PBXs of one domain, in a network of their own."""

    folder: Path
    first: Kamailio
    second: Kamailio

    def servers(self, service: str) -> list[str]:
        """SRV records (RFC 2782) of a service such as `_sip._udp`: the first before the second."""
        return [
            f"srv-host={service}.{DOMAIN},{name}.{DOMAIN},{pbx.sockets.port},{priority},1"
            for priority, (name, pbx) in enumerate(
                (("first", self.first), ("second", self.second)), start=1
            )
        ]

    @contextmanager
    def speaker(
        self, records: Sequence[str], *, transport: str = "auto", registrar: str = ""
    ) -> Iterator[Speaker]:
        """A speaker that asks a name server with these records."""
        account = replace(self.first.account("speaker"), transport=transport)
        with (
            Dnsmasq(self.folder / "dnsmasq", [*HOSTS, *records]) as names,
            Speaker(
                self.folder / "speaker",
                config=registered(account, registrar=registrar, settings=SETTINGS),
                resolver=names.resolver,
            ) as speaker,
        ):
            yield speaker


@pytest.fixture
def domain(tmp_path: Path, needs_namespaces: None) -> Iterator[Domain]:
    with ExitStack() as stack:
        stack.enter_context(Namespace())
        first, second = (
            stack.enter_context(Kamailio(tmp_path / address, RULES, Sockets.free(address)))
            for address in (FIRST, SECOND)
        )
        yield Domain(tmp_path, first, second)


def test_naptr_chooses_the_transport_and_srv_the_server(domain: Domain) -> None:
    """RFC 3263 §4.1 and §4.2, and §4.3: the next target takes over."""
    naptr = f"naptr-record={DOMAIN},10,10,s,SIP+D2T,,_sip._tcp.{DOMAIN}"
    with domain.speaker([naptr, *domain.servers("_sip._tcp")]) as speaker:
        assert domain.first.wait_until_registered("speaker") == "tcp"
        speaker.wait_for_registration("registered")
        domain.first.kill()
        assert domain.second.wait_until_registered("speaker", FAILOVER_LIMIT_S) == "tcp"
        speaker.wait_for_registration("registered")


def test_first_server_is_passed_over_while_it_is_silent(domain: Domain) -> None:
    """RFC 3263 §4.3, over UDP, where silence is all that there is to notice."""
    domain.first.freeze()
    with domain.speaker(domain.servers("_sip._udp"), transport="udp"):
        assert domain.second.wait_until_registered("speaker", FAILOVER_LIMIT_S) == "udp"


def test_host_with_a_port_is_asked_for_its_address_only(domain: Domain) -> None:
    """RFC 3263 §4.2."""
    registrar = f"second.{DOMAIN}:{domain.second.sockets.port}"
    with domain.speaker([], transport="udp", registrar=registrar):
        domain.second.wait_until_registered("speaker")
