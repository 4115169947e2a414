from __future__ import annotations

import socket

import pytest

from nat.port_pair import NoFreePort, open_port_pair


def test_rtp_has_an_even_port_and_rtcp_the_next() -> None:
    """RFC 3550 §11."""
    media, control = open_port_pair("127.0.0.1", 0)
    assert media.port % 2 == 0
    assert control.port == media.port + 1
    media.close()
    control.close()


@pytest.mark.parametrize("taken_offset", [0, 1])
def test_a_pair_with_one_port_taken_is_passed_over(taken_offset: int) -> None:
    probe, probe_control = open_port_pair("127.0.0.1", 0)
    start = probe.port
    probe.close()
    probe_control.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", start + taken_offset))
        media, control = open_port_pair("127.0.0.1", start)
        assert media.port > start
        assert media.port % 2 == 0
        media.close()
        control.close()


def test_an_odd_start_port_counts_as_the_next_even_one() -> None:
    media, control = open_port_pair("127.0.0.1", 40_001)
    assert media.port >= 40_002
    assert media.port % 2 == 0
    media.close()
    control.close()


def test_an_address_that_is_not_ours_has_no_free_port() -> None:
    with pytest.raises(NoFreePort, match=r"192\.0\.2\.1"):
        open_port_pair("192.0.2.1", 40_000)


def test_the_range_ends_where_ports_end() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 65_534))
        with pytest.raises(NoFreePort, match="65534"):
            open_port_pair("127.0.0.1", 65_534)


@pytest.mark.parametrize("port", [-1, 65_535, 70_000])
def test_a_port_outside_the_range_is_our_own_mistake(port: int) -> None:
    with pytest.raises(ValueError, match=str(port)):
        open_port_pair("127.0.0.1", port)


def test_a_name_to_bind_to_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="localhost"):
        open_port_pair("localhost", 0)
