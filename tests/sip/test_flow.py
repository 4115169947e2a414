from __future__ import annotations

from sip.flow import Address, Flow, TlsPeer, Transport


def test_only_datagrams_can_get_lost() -> None:
    """RFC 3261 §17: timers that repeat a message run on unreliable transports only."""
    assert [transport.reliable for transport in Transport] == [False, True, True]


def test_connections_to_the_same_peer_are_told_apart() -> None:
    here, there = Address("192.0.2.9", 5060), Address("192.0.2.7", 41234)
    first, second = (Flow(Transport.TCP, here, there, connection) for connection in (1, 2))
    assert len({first, second, Flow(Transport.TCP, here, there, 1)}) == 2


def test_tls_connections_of_different_accounts_are_told_apart() -> None:
    here, there = Address("192.0.2.9", 5061), Address("192.0.2.7", 5061)
    peers = (TlsPeer("office", "example.com"), TlsPeer("home", "example.com"), None)
    assert len({Flow(Transport.TLS, here, there, tls=peer) for peer in peers}) == 3
