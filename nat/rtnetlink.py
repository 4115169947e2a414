"""The messages by which Linux tells of its interfaces, addresses and routes (rtnetlink(7)).

Numbers and structures are those of `linux/netlink.h`, `linux/rtnetlink.h`, `linux/if_link.h` and
`linux/if_addr.h`, in the byte order of the machine.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS: Final = 0x1 | 0x10 | 0x40 | 0x100 | 0x400
"""RTMGRP_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR and _IPV6_ROUTE."""

_HEADER: Final = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port
_LINK: Final = struct.Struct("=BxHiII")  # ifinfomsg: family, type, index, flags, change
_ADDRESS: Final = struct.Struct("=BBBBI")  # ifaddrmsg: family, prefix length, flags, scope, index
_ROUTE: Final = struct.Struct("=BBBBBBBBI")  # rtmsg: the table is the fifth, flags the last
_ATTRIBUTE: Final = struct.Struct("=HH")  # rtattr: length, type


class _Kind(enum.IntEnum):
    """Types of messages."""

    ERROR = 2
    DONE = 3
    NEWLINK = 16
    DELLINK = 17
    GETLINK = 18
    NEWADDR = 20
    DELADDR = 21
    GETADDR = 22
    NEWROUTE = 24
    DELROUTE = 25


_IFF_UP, _IFF_RUNNING = 0x1, 0x40
_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS = 1, 2, 8
_IFA_F_DEPRECATED, _IFA_F_TENTATIVE = 0x20, 0x40
_SCOPE_LINK: Final = 253
_AF_INET6: Final = 10
_TABLE_MAIN: Final = 254
_ROUTE_CLONED: Final = 0x200
_DUMP: Final = 0x1 | 0x300  # NLM_F_REQUEST, NLM_F_ROOT and NLM_F_MATCH


class Dump(enum.Enum):
    """What can be asked for as a whole. The value is the type of the request."""

    LINKS = _Kind.GETLINK.value
    ADDRESSES = _Kind.GETADDR.value


@dataclass(frozen=True, slots=True)
class Link:
    """An interface as it is now; `up`: switched on, and with a carrier."""

    index: int
    up: bool


@dataclass(frozen=True, slots=True)
class LinkGone:
    """An interface is no more."""

    index: int


@dataclass(frozen=True, slots=True)
class InterfaceAddress:
    """An address that an interface has now; `usable`: not tentative and not deprecated."""

    index: int
    address: bytes
    prefix_length: int
    usable: bool


@dataclass(frozen=True, slots=True)
class InterfaceAddressGone:
    """An interface has lost an address."""

    index: int
    address: bytes
    prefix_length: int


@dataclass(frozen=True, slots=True)
class RouteChanged:
    """A route of the main table has come or gone."""


@dataclass(frozen=True, slots=True)
class DumpDone:
    """All that was asked for has been told, or the request was refused."""


Notice = Link | LinkGone | InterfaceAddress | InterfaceAddressGone | RouteChanged | DumpDone


def dump_request(dump: Dump, sequence: int) -> bytes:
    """Ask for all of them; `DumpDone` comes after the last."""
    body = struct.pack("=B3x", 0)  # rtgenmsg: of every family
    return _HEADER.pack(_HEADER.size + len(body), dump.value, _DUMP, sequence, 0) + body


def parse_notices(data: bytes) -> Iterator[Notice]:
    """The news in one datagram from the kernel, in order.

    What is cut short ends it; what concerns nobody who talks to servers (IPv6 link-local addresses,
    routes outside of the main table) is left out.
    """
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size or at + length > len(data):
            return
        notice = _parse(kind, data[at + _HEADER.size : at + length])
        if notice is not None:
            yield notice
        at += _aligned(length)


def _parse(kind: int, body: bytes) -> Notice | None:
    match kind:
        case _Kind.ERROR | _Kind.DONE:
            return DumpDone()
        case _Kind.NEWLINK | _Kind.DELLINK if len(body) >= _LINK.size:
            _, _, index, flags, _ = _LINK.unpack_from(body)
            if kind == _Kind.DELLINK:
                return LinkGone(index)
            return Link(index, up=bool(flags & _IFF_UP) and bool(flags & _IFF_RUNNING))
        case _Kind.NEWADDR | _Kind.DELADDR if len(body) >= _ADDRESS.size:
            return _address(kind, body)
        case _Kind.NEWROUTE | _Kind.DELROUTE if len(body) >= _ROUTE.size:
            return _route(body)
        case _:
            return None


def _address(kind: int, body: bytes) -> Notice | None:
    family, prefix_length, flags, scope, index = _ADDRESS.unpack_from(body)
    if family == _AF_INET6 and scope == _SCOPE_LINK:
        return None
    attributes = dict(_attributes(body, _ADDRESS.size))
    # On a point-to-point interface IFA_ADDRESS is the peer's, and IFA_LOCAL ours.
    address = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS)
    if address is None:
        return None
    if kind == _Kind.DELADDR:
        return InterfaceAddressGone(index, address, prefix_length)
    wide = attributes.get(_IFA_FLAGS, b"")
    if len(wide) == 4:
        (flags,) = struct.unpack("=I", wide)
    usable = not flags & (_IFA_F_TENTATIVE | _IFA_F_DEPRECATED)
    return InterfaceAddress(index, address, prefix_length, usable)


def _route(body: bytes) -> Notice | None:
    fields = _ROUTE.unpack_from(body)
    table, flags = fields[4], fields[8]
    if table != _TABLE_MAIN or flags & _ROUTE_CLONED:
        return None
    return RouteChanged()


def _attributes(body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    at = _aligned(at)
    while at + _ATTRIBUTE.size <= len(body):
        length, kind = _ATTRIBUTE.unpack_from(body, at)
        if length < _ATTRIBUTE.size or at + length > len(body):
            return
        yield kind, body[at + _ATTRIBUTE.size : at + length]
        at += _aligned(length)


def _aligned(length: int) -> int:
    return (length + 3) & ~3
