"""Addresses of interfaces by their names."""

from ipaddress import IPv4Address

from nat.interface_address import Wanted, of_interface


def test_loopback_has_the_address_that_it_has_everywhere() -> None:
    assert of_interface("lo", Wanted.ADDRESS) == IPv4Address("127.0.0.1")
    assert of_interface("lo", Wanted.NETMASK) == IPv4Address("255.0.0.0")


def test_what_is_no_interface_has_no_address() -> None:
    assert of_interface("no-such-interface-at-all", Wanted.ADDRESS) is None
    assert of_interface("", Wanted.BROADCAST) is None
