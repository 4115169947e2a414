"""A request that is too long for a datagram goes by TCP (RFC 3261 §18.1.1)."""

from functools import partial

import pytest

from sip.flow import Transport
from sip.session.events import Answered
from sip.syntax.address import NameAddress
from sip.syntax.message import Request
from sip.syntax.uri import SipUri
from sip.transaction.effects import Send
from tests.sip.pair import OFFER
from tests.sip.town import Server, Town, account

ME = NameAddress.parse("<sip:me@192.0.2.2>")
LONG_OFFER = OFFER + b"a=x:" + b"y" * 1300 + b"\r\n"


def calls_long(town: Town, account_id: str = "") -> None:
    _, effects = town.agent.invite(
        SipUri.parse("sip:bob@192.0.2.10"),
        local=ME,
        offer=LONG_OFFER,
        account=account_id,
        now=town.now,
    )
    town.do(effects)
    town.run(1)


def transports(town: Town, method: str = "INVITE") -> list[Transport]:
    return [
        send.flow.transport
        for _, send in town.sent
        if isinstance(send.message, Request) and send.message.method == method
    ]


def test_a_request_too_long_for_a_datagram_goes_by_tcp() -> None:
    """§18.1.1: above 1300 bytes; its Via says so as well."""
    town = Town(Server("192.0.2.10", challenges=False))
    calls_long(town)
    assert transports(town) == [Transport.TCP]
    assert town.requests("INVITE")[0].top_via.transport == "TCP"
    assert town.told(Answered)


def test_a_request_that_fits_stays_a_datagram() -> None:
    town = Town(Server("192.0.2.10", challenges=False))
    town.add(account(None))
    town.call("sip:bob@192.0.2.10")
    assert transports(town) == [Transport.UDP]
    assert len(bytes(town.requests("INVITE")[0])) <= 1300


@pytest.mark.parametrize(
    ("path_mtu", "by"), [(600, Transport.TCP), (1500, Transport.UDP), (9000, Transport.UDP)]
)
def test_a_request_within_200_bytes_of_the_path_mtu_goes_by_tcp(
    path_mtu: int, by: Transport
) -> None:
    """§18.1.1: the answer may be longer than the request."""
    town = Town(Server("192.0.2.10", challenges=False), path_mtu=path_mtu)
    town.add(account(None))
    town.call("sip:bob@192.0.2.10")
    assert 400 < len(bytes(town.requests("INVITE")[0])) < 1300
    assert transports(town) == [by]


class NoTcp(Town):
    """Nobody listens for TCP."""

    def _carry(self, send: Send) -> None:
        if send.flow.transport is Transport.TCP:
            self._later(partial(self._failed, send.flow))
        else:
            super()._carry(send)


def test_where_tcp_is_refused_it_goes_by_udp_after_all() -> None:
    """§18.1.1; and the next one at once."""
    town = NoTcp(Server("192.0.2.10", challenges=False))
    calls_long(town)
    calls_long(town)
    assert transports(town) == [Transport.TCP, Transport.UDP, Transport.UDP]
    assert len(town.told(Answered)) == 2


def test_without_switching_a_long_request_is_a_datagram() -> None:
    town = Town(Server("192.0.2.10", challenges=False))
    town.add(account(None, udp_to_tcp_switching=False))
    calls_long(town, "door")
    assert transports(town) == [Transport.UDP]
