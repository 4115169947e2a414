"""The little of STUN that keeps a UDP flow alive (RFC 5389 §6, §7.2.1 and §15; RFC 5626 §3.5.2).

A binding request without attributes, and the mapped address out of its answer. Neither is
authenticated: an answer counts only for a request whose 96 random bits it repeats.
"""

import ipaddress
import struct
from typing import Final

from sip.flow import Address

TRANSACTION_BYTES: Final = 12

_COOKIE: Final = b"\x21\x12\xa4\x42"
_HEADER: Final = struct.Struct("!HH4s12s")  # type, length of what follows, cookie, transaction
_ATTRIBUTE: Final = struct.Struct("!HH")
_REQUEST, _SUCCESS, _ERROR = 0x0001, 0x0101, 0x0111
_MAPPED_ADDRESS, _XOR_MAPPED_ADDRESS = 0x0001, 0x0020


def is_stun(datagram: bytes) -> bool:
    """Whether a datagram is STUN, which no SIP message can be (RFC 5626 §9.2)."""
    return len(datagram) >= _HEADER.size and datagram[0] < 4 and datagram[4:8] == _COOKIE


def binding_request(transaction: bytes) -> bytes:
    """Ask for the address that we are seen at; `transaction` is 12 bytes nobody can guess."""
    return _HEADER.pack(_REQUEST, 0, _COOKIE, transaction)


def transaction_answered(datagram: bytes) -> bytes:
    """The transaction that a STUN datagram answers, well or not; `b""` where it is no answer."""
    kind, length, _, transaction = _HEADER.unpack_from(datagram)
    if kind not in (_SUCCESS, _ERROR) or length != len(datagram) - _HEADER.size:
        return b""
    return bytes(transaction)


def mapped_address(datagram: bytes) -> Address | None:
    """Where the server saw us; None where the answer does not tell."""
    found: dict[int, bytes] = {}
    at = _HEADER.size
    while at + _ATTRIBUTE.size <= len(datagram):
        kind, length = _ATTRIBUTE.unpack_from(datagram, at)
        at += _ATTRIBUTE.size
        found.setdefault(kind, datagram[at : at + length])
        at += length + -length % 4
    for kind, mask in ((_XOR_MAPPED_ADDRESS, datagram[4:20]), (_MAPPED_ADDRESS, bytes(16))):
        address = _address(found.get(kind, b""), mask)
        if address is not None:
            return address
    return None


def _address(value: bytes, mask: bytes) -> Address | None:
    """Read §15.1 or, with the cookie and the transaction as `mask`, §15.2."""
    length = {b"\0\1": 4, b"\0\2": 16}.get(value[:2])
    if length is None or len(value) != 4 + length:
        return None
    port, host = (
        bytes(byte ^ other for byte, other in zip(part, mask, strict=False))
        for part in (value[2:4], value[4:])
    )
    return Address(str(ipaddress.ip_address(host)), int.from_bytes(port))
