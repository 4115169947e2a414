from __future__ import annotations

import select
import time
from collections.abc import Iterator

import pytest

from nat.port_pair import open_port_pair
from nat.udp_path import MAXIMUM_PER_RECEIVE, UdpPath

Pair = tuple[UdpPath, UdpPath]


@pytest.fixture
def ends() -> Iterator[Pair]:
    """Two paths on the loopback address."""
    first, first_control = open_port_pair("127.0.0.1", 0)
    second, second_control = open_port_pair("127.0.0.1", 0)
    yield first, second
    for path in (first, first_control, second, second_control):
        path.close()


def wait_for(path: UdpPath) -> None:
    """Until a datagram is there; loopback needs no time, but the system owes no promise."""
    readable, _, _ = select.select([path.fileno()], [], [], 5.0)
    assert readable


def test_datagrams_come_whole_in_order_and_with_their_source(ends: Pair) -> None:
    here, there = ends
    for data in (b"one", b"", b"three" * 300):
        there.send(data, ("127.0.0.1", here.port))
    wait_for(here)
    received = here.receive()
    assert [datagram.data for datagram in received] == [b"one", b"", b"three" * 300]
    assert {datagram.source for datagram in received} == {("127.0.0.1", there.port)}


def test_a_quiet_path_gives_nothing(ends: Pair) -> None:
    assert not ends[0].receive()


def test_arrival_is_when_the_system_got_it_and_not_when_it_was_read(ends: Pair) -> None:
    """Linux begins to stamp a moment after it was asked to: the first ones may have no stamp."""
    here, there = ends
    assert any(comes_with_its_own_time(here, there) for _ in range(10))


def comes_with_its_own_time(here: UdpPath, there: UdpPath) -> bool:
    before = time.monotonic()
    there.send(b"early", ("127.0.0.1", here.port))
    wait_for(here)
    sent = time.monotonic()
    select.select([], [], [], 0.05)  # the reader comes late
    (datagram,) = here.receive()
    return before - 0.005 <= datagram.arrived <= sent + 0.005


def test_one_receive_is_bounded_and_the_rest_waits(ends: Pair) -> None:
    here, there = ends
    for number in range(MAXIMUM_PER_RECEIVE + 5):
        there.send(bytes((number,)), ("127.0.0.1", here.port))
    wait_for(here)
    assert len(here.receive()) == MAXIMUM_PER_RECEIVE
    assert len(here.receive()) == 5


@pytest.mark.parametrize(
    "to",
    [
        ("phone.example.org", 4000),  # a name, which would have to be looked up
        ("::1", 4000),  # another family than the socket's
        ("127.0.0.1", 0),
        ("127.0.0.1", 65536),
        ("127.0.0.1", -1),
        ("", 4000),
        ("fe80::1%999999999999", 4000),
        ("fe80::1%no\0name", 4000),
    ],
)
def test_what_cannot_be_sent_is_counted_and_nothing_is_raised(
    ends: Pair, to: tuple[str, int]
) -> None:
    ends[0].send(b"data", to)
    assert ends[0].unsent == 1


def test_too_long_a_datagram_is_counted(ends: Pair) -> None:
    ends[0].send(bytes(70_000), ("127.0.0.1", ends[1].port))
    assert ends[0].unsent == 1


def test_a_closed_path_does_nothing_and_can_be_closed_again(ends: Pair) -> None:
    here, there = ends
    here.close()
    here.close()
    here.send(b"data", ("127.0.0.1", there.port))
    assert not here.receive()
    assert not there.receive()


def test_a_path_for_every_address_speaks_with_ipv4_peers_in_ipv4_words() -> None:
    here, here_control = open_port_pair(None, 0)
    there, there_control = open_port_pair("127.0.0.1", 0)
    try:
        there.send(b"ping", ("127.0.0.1", here.port))
        wait_for(here)
        (datagram,) = here.receive()
        assert datagram.source == ("127.0.0.1", there.port)
        here.send(b"pong", datagram.source)
        wait_for(there)
        assert there.receive()[0].data == b"pong"
    finally:
        for path in (here, here_control, there, there_control):
            path.close()


def test_ipv6_peers_are_spoken_with_in_plain_literals() -> None:
    here, here_control = open_port_pair("::1", 0)
    there, there_control = open_port_pair("::1", 0)
    try:
        here.send(b"ping", ("::1", there.port))
        wait_for(there)
        assert there.receive()[0].source == ("::1", here.port)
    finally:
        for path in (here, here_control, there, there_control):
            path.close()


def test_a_tap_hears_what_passes() -> None:
    heard: list[tuple[bytes, tuple[str, int], tuple[str, int], bool]] = []

    def tap(data: bytes, local: tuple[str, int], remote: tuple[str, int], *, is_sent: bool) -> None:
        heard.append((data, local, remote, is_sent))

    here, here_control = open_port_pair("127.0.0.1", 0, tap)
    there, there_control = open_port_pair("127.0.0.1", 0)
    try:
        at, peer = ("127.0.0.1", here.port), ("127.0.0.1", there.port)
        here.send(b"ping", peer)
        here.send(b"to nobody", ("no literal", 1))
        there.send(b"pong", at)
        wait_for(here)
        here.receive()
        assert heard == [(b"ping", at, peer, True), (b"pong", at, peer, False)]
    finally:
        for path in (here, here_control, there, there_control):
            path.close()
