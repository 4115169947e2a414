"""Joining groups, on loopback."""

import select
import socket
from collections.abc import Iterator

import pytest

from nat.multicast import open_multicast_path
from nat.udp_path import UdpPath

GROUP, OTHER = "239.255.77.1", "239.255.77.2"
LIMIT_S = 5.0


@pytest.fixture
def path() -> Iterator[UdpPath]:
    opened = open_multicast_path(GROUP, 0, interface="127.0.0.1")
    yield opened
    opened.close()


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        loopback = socket.inet_aton("127.0.0.1")
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, loopback)
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)
        yield opened


def heard(path: UdpPath) -> list[bytes]:
    """What has arrived, the first of it within a time limit."""
    assert select.select([path.fileno()], [], [], LIMIT_S)[0], "nothing arrived"
    return [datagram.data for datagram in path.receive()]


def test_what_is_sent_to_the_group_is_heard(path: UdpPath, sender: socket.socket) -> None:
    sender.sendto(b"page", (GROUP, path.port))
    assert heard(path) == [b"page"]


def test_what_is_sent_elsewhere_is_not_heard(path: UdpPath, sender: socket.socket) -> None:
    with_other = open_multicast_path(OTHER, path.port, interface="127.0.0.1")
    sender.sendto(b"other", (OTHER, path.port))
    sender.sendto(b"direct", ("127.0.0.1", path.port))
    sender.sendto(b"page", (GROUP, path.port))
    assert heard(path) == [b"page"]
    assert heard(with_other) == [b"other"]
    with_other.close()


def test_several_programs_may_hear_one_group(path: UdpPath, sender: socket.socket) -> None:
    again = open_multicast_path(GROUP, path.port, interface="127.0.0.1")
    sender.sendto(b"page", (GROUP, path.port))
    assert heard(path) == heard(again) == [b"page"]
    again.close()


@pytest.mark.parametrize(
    ("group", "interface", "problem"),
    [
        ("192.0.2.1", None, "192.0.2.1 is not a multicast address"),
        ("ff15::77", "127.0.0.1", "127.0.0.1 is not of the IP version of ff15::77"),
        (GROUP, "::1", "::1 is not of the IP version of"),
        ("fire", None, "fire"),
    ],
)
def test_what_cannot_be_joined_is_told(group: str, interface: str | None, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        open_multicast_path(group, 0, interface=interface)


def test_an_interface_that_is_not_ours_is_an_error_of_the_system() -> None:
    with pytest.raises(OSError, match=r".+"):
        open_multicast_path(GROUP, 0, interface="192.0.2.77")
