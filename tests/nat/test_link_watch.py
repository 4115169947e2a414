"""What of the kernel's notices is told as a change, and when; no socket and no clock."""

import struct

import pytest

from nat.link_watch import LONGEST_WAIT_S, MAXIMUM_ENTRIES, SETTLE_S, LinkWatch

NEWLINK, DELLINK, NEWADDR, DELADDR, NEWROUTE = 16, 17, 20, 21, 24
UP = 0x1 | 0x40
OURS = bytes([192, 0, 2, 7])
NEXT = bytes([192, 0, 2, 8])
TENTATIVE = 0x40
DONE = struct.pack("=IHHIII", 20, 3, 2, 1, 0, 0)


def message(kind: int, body: bytes) -> bytes:
    """One netlink message; bodies here are multiples of four octets."""
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body


def link(index: int, flags: int = UP, kind: int = NEWLINK) -> bytes:
    return message(kind, struct.pack("=BxHiII", 0, 1, index, flags, 0))


def address(
    octets: bytes = OURS, index: int = 2, *, kind: int = NEWADDR, flags: int = 0, scope: int = 0
) -> bytes:
    family = 2 if len(octets) == 4 else 10
    attribute = struct.pack("=HH", 4 + len(octets), 1) + octets
    return message(kind, struct.pack("=BBBBI", family, 24, flags, scope, index) + attribute)


def route(table: int = 254, flags: int = 0) -> bytes:
    return message(NEWROUTE, struct.pack("=BBBBBBBBI", 2, 0, 0, 0, table, 4, 0, 1, flags))


def watching(*known: bytes) -> LinkWatch:
    """A watch that has asked the kernel and been told `known`."""
    watch = LinkWatch()
    assert watch.start(), "nothing is asked"
    assert watch.receive(b"".join([link(2), link(3)]) + DONE, 0.0), "the addresses are not asked"
    assert watch.receive(b"".join(known) + DONE, 0.0) == b""
    return watch


def is_told(watch: LinkWatch, *notices: bytes) -> bool:
    """Whether the watch tells of a change after these, in good time."""
    watch.receive(b"".join(notices), 1.0)
    return watch.on_timer(1.0 + LONGEST_WAIT_S)


@pytest.mark.parametrize(
    "notice",
    [
        address(NEXT),
        address(kind=DELADDR),
        link(2, flags=0x1),  # the cable is out
        link(2, kind=DELLINK),
        route(),
    ],
)
def test_what_changes_the_way_to_others_is_told(notice: bytes) -> None:
    assert is_told(watching(address(OURS)), notice)


@pytest.mark.parametrize(
    "notice",
    [
        address(OURS),  # each router advertisement renews an address
        address(NEXT, flags=TENTATIVE),  # not to be used yet (RFC 4862 §5.4)
        address(bytes([0xFE, 0x80, *[0] * 13, 1]), scope=253),
        link(2),
        link(3, flags=0x1),  # has no address: the port of a bridge
        link(9, kind=DELLINK),
        route(table=255),
        route(flags=0x200),  # a route learned for one peer
    ],
)
def test_what_changes_nothing_is_not_told(notice: bytes) -> None:
    assert not is_told(watching(address(OURS)), notice)


def test_what_is_there_at_the_start_is_no_change() -> None:
    assert watching(address(OURS)).deadline is None


def test_on_a_point_to_point_link_our_own_end_counts_and_not_the_peers() -> None:
    peer = struct.pack("=HH", 8, 1) + bytes([198, 51, 100, 1])
    local = struct.pack("=HH", 8, 2) + OURS
    ours = message(NEWADDR, struct.pack("=BBBBI", 2, 32, 0, 0, 2) + peer + local)
    other = struct.pack("=HH", 8, 1) + bytes([198, 51, 100, 2])
    renumbered = message(NEWADDR, struct.pack("=BBBBI", 2, 32, 0, 0, 2) + other + local)
    assert not is_told(watching(ours), renumbered)


def test_an_address_counts_once_it_is_found_to_be_nobody_elses() -> None:
    watch = watching()
    assert not is_told(watch, address(flags=TENTATIVE))
    assert is_told(watch, address())


def test_many_notices_are_one_change_told_once_it_is_quiet() -> None:
    watch = watching(address(OURS))
    watch.receive(address(kind=DELADDR), 1.0)
    watch.receive(address(NEXT), 1.0 + SETTLE_S / 2)
    assert not watch.on_timer(1.0 + SETTLE_S)
    assert watch.on_timer(1.0 + 1.5 * SETTLE_S)
    assert watch.deadline is None


def test_a_change_is_told_within_100_ms_even_if_notices_never_cease() -> None:
    watch = watching()
    for i in range(20):
        watch.receive(route(), 1.0 + 0.01 * i)
    assert watch.deadline is not None
    assert watch.deadline <= 1.1


def test_lost_notices_count_as_a_change_and_all_is_asked_again() -> None:
    watch = watching(address(OURS))
    assert watch.overrun(1.0)
    assert watch.on_timer(1.0 + SETTLE_S)
    assert watch.receive(link(2) + DONE, 2.0)
    watch.receive(address(NEXT) + DONE, 2.0)
    assert watch.deadline is None
    assert not is_told(watch, address(NEXT))


def test_what_is_cut_short_is_dropped() -> None:
    whole = address(NEXT)
    for length in range(len(whole)):
        assert not is_told(watching(), whole[:length])
    assert is_told(watching(), whole)


def test_a_length_that_leads_nowhere_ends_the_datagram() -> None:
    assert not is_told(watching(), struct.pack("=IHHII", 0, NEWADDR, 0, 0, 0), address(NEXT))


def test_no_more_is_remembered_than_fits() -> None:
    watch = watching()
    for i in range(MAXIMUM_ENTRIES + 10):
        watch.receive(address(struct.pack(">I", i)), 1.0)
    assert watch.remembered <= 2 * MAXIMUM_ENTRIES
    assert is_told(watch, address(struct.pack(">I", MAXIMUM_ENTRIES + 5)))
