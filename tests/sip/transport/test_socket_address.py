import pytest

from sip.flow import Address
from sip.transport.socket_address import SocketAddress, address_of, socket_address


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (Address("192.0.2.1", 5060), ("192.0.2.1", 5060)),
        (Address("2001:db8::1", 5060), ("2001:db8::1", 5060, 0, 0)),
        (Address("fe80::1%3", 5060), ("fe80::1", 5060, 0, 3)),
    ],
)
def test_the_interface_of_a_link_local_address_is_kept(
    address: Address, name: SocketAddress
) -> None:
    """RFC 4007 §11."""
    assert socket_address(address) == name
    assert address_of(name) == address


def test_an_interface_may_be_named() -> None:
    assert socket_address(Address("fe80::1%lo", 1)) == ("fe80::1", 1, 0, 1)


def test_an_interface_that_does_not_exist_is_an_error_of_the_network() -> None:
    with pytest.raises(OSError, match="interface"):
        socket_address(Address("fe80::1%nowhere", 5060))
