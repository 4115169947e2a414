import errno
import socket

import pytest

from sip.transport.listening import CannotListen, open_listeners


def test_every_listener_has_the_same_port() -> None:
    listeners = open_listeners(None, 0)
    bound = [each.getsockname() for each in (*listeners.udp, *listeners.tcp)]
    listeners.close()
    assert listeners.port > 0
    assert {name[1] for name in bound} == {listeners.port}
    assert {"0.0.0.0", "::"} >= {name[0] for name in bound}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_bind_limits_the_listeners_to_one_address(host: str) -> None:
    listeners = open_listeners(host, 0)
    bound = [each.getsockname()[0] for each in (*listeners.udp, *listeners.tcp)]
    listeners.close()
    assert bound == [host, host]


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_taken_port_is_named_in_one_sentence(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotListen) as caught:
            open_listeners(None, port)
    name = "UDP" if kind is socket.SOCK_DGRAM else "TCP"
    assert str(caught.value) == (
        f"SIP port {port} ({name}, address 0.0.0.0) cannot be opened: Address already in use"
    )
    assert caught.value.errno == errno.EADDRINUSE


@pytest.mark.parametrize("bind", ["198.51.100.1", "phone.example"])
def test_an_address_that_is_not_ours_is_named(bind: str) -> None:
    with pytest.raises(CannotListen, match=bind):
        open_listeners(bind, 0)


def test_a_second_device_cannot_share_a_port() -> None:
    listeners = open_listeners("127.0.0.1", 0)
    with pytest.raises(CannotListen, match=str(listeners.port)):
        open_listeners("127.0.0.1", listeners.port)
    listeners.close()
