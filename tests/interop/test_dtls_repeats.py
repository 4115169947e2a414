"""Flights of a handshake that are lost (RFC 6347 §4.2.4): OpenSSL repeats them by its own clock."""

from __future__ import annotations

from collections.abc import Callable

from tests.interop.passing_time import let_talk
from tests.media.security.dtls_peers import Wire, client, server

FLIGHTS = (
    "hello",
    "cookie",
    "hello with it",
    "server's certificate",
    "client's certificate",
    "server's last word",
)
REPEATED_AFTER_S = 1.05


def losing(number: int) -> Callable[[bytes], list[bytes]]:
    """Lose the datagram of that number, from 0 on, and carry the others."""
    carried = 0

    def passes(datagram: bytes) -> list[bytes]:
        nonlocal carried
        carried += 1
        return [] if carried == number + 1 else [datagram]

    return passes


def test_whichever_flight_is_lost_the_handshake_comes_to_its_end() -> None:
    wires = [Wire(client(), server(), passes=losing(number)) for number in range(len(FLIGHTS))]
    for wire in wires:
        wire.run(0.03)
    assert not [wire for wire in wires if wire.one.keys and wire.other.keys]
    let_talk(REPEATED_AFTER_S)
    for wire in wires:
        wire.run(0.2)
    unfinished = [
        name
        for name, wire in zip(FLIGHTS, wires, strict=True)
        if wire.one.keys is None or wire.other.keys is None
    ]
    assert unfinished == []
