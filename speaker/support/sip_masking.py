"""SIP messages without what must stay secret, as long as before: their lengths stay right.

Masked are the keys of SRTP and the passwords of ICE in descriptions, what proves a password in
`Authorization` and the like, passwords in addresses, and the digits of SIP INFO, which may be an
access code. Names, addresses, realms and nonces stay, as they say what went wrong.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from re import Match, Pattern

_LINE: Final = rb"[^\r\n]*"
_HEADER_VALUE: Final = rb"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*"
"""Over all the lines that it is folded into (RFC 3261 §7.3.1)."""

_KEPT_AND_SECRET: Final[tuple[Pattern[bytes], ...]] = (
    # RFC 4568: all but the tag and the suite; without `inline:`, behind which programs want base64.
    re.compile(
        rb"(?im)^([ \t]*a[ \t]*=[ \t]*crypto[ \t]*:[ \t]*(?:\d{1,9}[ \t]+[A-Z0-9_]{1,40})?)("
        + _LINE
        + rb")"
    ),
    # RFC 4566 §5.12, RFC 4567, RFC 8839 §5.4.
    re.compile(
        rb"(?im)^([ \t]*(?:k[ \t]*=|a[ \t]*=[ \t]*(?:key-mgmt|ice-pwd)[ \t]*:))(" + _LINE + rb")"
    ),
    # A key, wherever else it was put.
    re.compile(rb"(?i)(inline:)([^\s]+)"),
    # Keys of a telephone in INFO: the bodies of application/dtmf-relay.
    re.compile(rb"(?im)^([ \t]*signal[ \t]*=)(" + _LINE + rb")"),
    # A password in an address: sip:user:password@host.
    re.compile(rb"(?i)(sips?:[^\s:@<>;]{1,256}:)([^\s@<>]{1,256})(?=@)"),
)
_CREDENTIALS: Final = re.compile(
    rb"(?im)^((?:proxy-)?authorization[ \t]*:|(?:proxy-)?authentication-info[ \t]*:)("
    + _HEADER_VALUE
    + rb")"
)
_PROOF: Final = re.compile(rb'(?i)\b((?:response|rspauth)[ \t]*=[ \t]*"?)([^",\s]+)')
_SCHEME: Final = re.compile(rb"(\s*[A-Za-z0-9_-]+\s+)(.*)", re.DOTALL)
_DTMF_BODY: Final = re.compile(rb"(?im)^content-type[ \t]*:[ \t]*application/dtmf[ \t]*\r?$")
_BODY: Final = re.compile(rb"\r?\n\r?\n")


def masked_sip(message: bytes) -> bytes:
    """The message with each secret octet as `*`; as many octets as before."""
    masked = _CREDENTIALS.sub(_mask_credentials, message)
    for pattern in _KEPT_AND_SECRET:
        masked = pattern.sub(_mask_second, masked)
    if _DTMF_BODY.search(masked):
        head = _BODY.search(masked)
        if head is not None:
            masked = masked[: head.end()] + _stars(masked[head.end() :])
    return masked


def _mask_second(found: Match[bytes]) -> bytes:
    return found[1] + _stars(found[2])


def _mask_credentials(found: Match[bytes]) -> bytes:
    value = found[2]
    scheme = _SCHEME.fullmatch(value)
    is_info = found[1].lower().rstrip(b" \t:").endswith(b"info")
    if is_info or value.lstrip()[:7].lower() == b"digest ":
        return found[1] + _PROOF.sub(_mask_second, value)
    if scheme is None:
        return found[1] + _stars(value)
    return found[1] + scheme[1] + _stars(scheme[2])


def _stars(secret: bytes) -> bytes:
    """Line breaks and spaces stay, so that a message is read as before."""
    return re.sub(rb"[^\s]", b"*", secret)
