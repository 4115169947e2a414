"""An even port for RTP and the next one for RTCP (RFC 3550 §11)."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Final

from nat.udp_path import UdpPath

if TYPE_CHECKING:
    from nat.datagram_path import Tap

PAIRS_TRIED: Final = 500
"""Pairs tried from the start port on before giving up: far more than calls can be up at once."""


class NoFreePort(OSError):
    """Every pair of ports that was tried is taken, or the address is not ours."""


def open_port_pair(
    bind: str | None, start_port: int, tap: Tap | None = None
) -> tuple[UdpPath, UdpPath]:
    """The paths of the first free pair of ports from `start_port` on, RTP's first.

    `bind` is an IP literal, or None for every address of the machine, IPv4 and IPv6. An odd
    `start_port` counts as the next even one; 0 takes any free pair. `tap` hears what passes both.

    Raises:
        ValueError: `bind` is no IP literal, or `start_port` is outside 0..65534.
        NoFreePort: none of `PAIRS_TRIED` pairs could be opened.
    """
    if not 0 <= start_port <= 65534:
        raise ValueError(f"start_port: {start_port} is outside 0..65534")
    if bind is not None:
        ipaddress.ip_address(bind)
    first = start_port + start_port % 2
    last_problem: OSError | None = None
    for attempt in range(PAIRS_TRIED):
        port = first + 2 * attempt if first else 0
        if port > 65534:
            break
        try:
            pair = _open_pair(bind, port, tap)
        except OSError as problem:
            last_problem = problem
            continue
        if pair is not None:
            return pair
    raise NoFreePort(
        f"no free pair of UDP ports from {start_port} on at {bind or 'any address'}: {last_problem}"
    )


def _open_pair(bind: str | None, port: int, tap: Tap | None) -> tuple[UdpPath, UdpPath] | None:
    """A pair at `port`, or at one that the system picks when it is 0; None when that one is odd."""
    media = _bound_socket(bind, port)
    try:
        even: int = media.getsockname()[1]
        control = _bound_socket(bind, even + 1) if even % 2 == 0 else None
    except OSError:
        media.close()
        raise
    if control is None:
        media.close()
        return None
    return UdpPath(media, tap), UdpPath(control, tap)


def _bound_socket(bind: str | None, port: int) -> socket.socket:
    if bind is None:
        try:
            return _bound_to("::", port, dual_stack=True)
        except OSError:
            if _has_ipv6():
                raise
        return _bound_to("0.0.0.0", port, dual_stack=False)  # noqa: S104  (None asks for exactly this)
    return _bound_to(bind, port, dual_stack=False)


def _bound_to(address: str, port: int, *, dual_stack: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not dual_stack))
        opened.bind((address, port))
    except OSError:
        opened.close()
        raise
    return opened


def _has_ipv6() -> bool:
    """Whether an IPv6 socket can be bound here at all; some systems have it switched off."""
    try:
        _bound_to("::", 0, dual_stack=True).close()
    except OSError:
        return False
    return True
