"""SIP URIs (RFC 3261 §19.1), and URIs of other schemes as far as a SIP element must carry them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote, unquote

from sip.errors import MalformedUri
from sip.syntax.grammar import HOST, shown
from sip.syntax.parameters import MAXIMUM_PARAMETERS, NO_PARAMETERS, Parameters

_ESCAPED: Final = r"%[0-9A-Fa-f]{2}"
_UNRESERVED: Final = r"A-Za-z0-9\-_.!~*'()"
_PARAMETER_TEXT: Final = rf"(?:[{_UNRESERVED}\[\]/:&+$]|{_ESCAPED})++"
_HEADER_TEXT: Final = rf"(?:[{_UNRESERVED}\[\]/?:+$]|{_ESCAPED})"

# "#" must be escaped by the book, but phones send `sip:*21#@host` as it was dialled.
_SIP_URI: Final = re.compile(
    rf"(sips?):"
    rf"(?:((?:[{_UNRESERVED}&=+$,;?/#]|{_ESCAPED})++)(?::((?:[{_UNRESERVED}&=+$,]|{_ESCAPED})*+))?@)?"
    rf"({HOST})(?::([0-9]{{1,5}}))?"
    rf"((?:;{_PARAMETER_TEXT}(?:={_PARAMETER_TEXT})?)*+)"
    rf"(?:\?({_HEADER_TEXT}++={_HEADER_TEXT}*+(?:&{_HEADER_TEXT}++={_HEADER_TEXT}*+)*+))?",
    re.IGNORECASE,
)
_OTHER_URI: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*+):([!#-;=?-~]++)")
_NEEDLESS_ESCAPE: Final = re.compile(_ESCAPED)
_PLAIN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()")
_USER_SAFE: Final = "-_.!~*'()&=+$,;?/"

_HIGHEST_PORT: Final = 65535
_MUST_AGREE: Final = ("user", "ttl", "method", "maddr", "transport")


@dataclass(frozen=True, slots=True)
class SipUri:
    """A `sip:` or `sips:` URI.

    The parts hold the text of the wire, with those escapes resolved that mean the same unescaped
    (`%61` is `a`, but `%40` stays), so that a URI written back is equivalent to the one read.
    `decoded_user` is the user as a person would write it. `host` has no brackets.
    """

    scheme: str
    user: str
    password: str | None
    host: str
    port: int | None = None
    parameters: Parameters = NO_PARAMETERS
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def for_user(
        cls, user: str, host: str, port: int | None = None, *, scheme: str = "sip"
    ) -> Self:
        """Build a URI from a plain user name, which is escaped, or left out if empty."""
        return cls(scheme, quote(user, safe=_USER_SAFE), None, host, port)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URI that stands alone, without angle brackets.

        Raises:
            MalformedUri: the grammar of RFC 3261 §25.1 is broken, white space included, or there
                are more than `MAXIMUM_PARAMETERS` parameters or headers.
        """
        found = _SIP_URI.fullmatch(text)
        if found is None:
            raise MalformedUri(f"{shown(text)} is no SIP URI")
        scheme, user, password, host, port_digits, parameters, headers = found.groups()
        port = None if port_digits is None else int(port_digits)
        if port is not None and port > _HIGHEST_PORT:
            raise MalformedUri(f"{shown(text)}: port {port} is above {_HIGHEST_PORT}")
        return cls(
            scheme.lower(),
            _normal(user) if user else "",
            password if password is None else _normal(password),
            _without_brackets(host) if host[0] == "[" else host,
            port,
            _parameters(parameters) if parameters else NO_PARAMETERS,
            _headers(headers) if headers else (),
        )

    @property
    def decoded_user(self) -> str:
        """The user with every escape resolved; octets that are no UTF-8 become U+FFFD."""
        return unquote(self.user)

    def matches(self, other: object) -> bool:
        """Whether both mean the same resource (RFC 3261 §19.1.4). Not transitive, so no `==`."""
        if not isinstance(other, SipUri):
            return False
        if (self.scheme, self.user, self.password, self.host.lower(), self.port) != (
            other.scheme,
            other.user,
            other.password,
            other.host.lower(),
            other.port,
        ):
            return False
        mine, theirs = self.parameters, other.parameters
        if any((name in mine) != (name in theirs) for name in _MUST_AGREE):
            return False
        if any(not _same(mine[name], theirs[name]) for name in mine if name in theirs):
            return False
        return _comparable(self.headers) == _comparable(other.headers)

    def __str__(self) -> str:
        parts = [self.scheme, ":"]
        if self.user:
            parts.append(self.user)
            if self.password is not None:
                parts += [":", self.password]
            parts.append("@")
        parts.append(f"[{self.host}]" if ":" in self.host else self.host)
        if self.port is not None:
            parts.append(f":{self.port}")
        if self.parameters:
            parts.append(str(self.parameters))
        if self.headers:
            parts.append("?" + "&".join(f"{name}={value}" for name, value in self.headers))
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class OpaqueUri:
    """A URI of a scheme that only its own specification understands: tel, http, urn."""

    scheme: str
    rest: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.rest}"


def parse_uri(text: str) -> SipUri | OpaqueUri:
    """Read a URI of any scheme.

    Raises:
        MalformedUri: no scheme, white space or brackets within, or a malformed SIP URI.
    """
    found = _OTHER_URI.fullmatch(text)
    if found is None:
        raise MalformedUri(f"{shown(text)} is no URI")
    scheme = found[1].lower()
    return SipUri.parse(text) if scheme in ("sip", "sips") else OpaqueUri(scheme, found[2])


def _without_brackets(host: str) -> str:
    try:
        ipaddress.IPv6Address(host[1:-1])
    except ValueError as error:
        raise MalformedUri(f"{shown(host)} is no IPv6 address in brackets") from error
    return host[1:-1]


def _normal(text: str) -> str:
    return _NEEDLESS_ESCAPE.sub(_resolved_if_needless, text) if "%" in text else text


def _resolved_if_needless(escape: re.Match[str]) -> str:
    character = chr(int(escape[0][1:], 16))
    return character if character in _PLAIN else escape[0].upper()


def _parameters(text: str) -> Parameters:
    items: list[tuple[str, str | None]] = []
    for item in _pieces(text[1:], ";"):
        name, equals, value = item.partition("=")
        items.append((name, value if equals else None))
    return Parameters(items)


def _headers(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (pair.partition("=") for pair in _pieces(text, "&"))
    return tuple((name, value) for name, _, value in pairs)


def _pieces(text: str, separator: str) -> list[str]:
    pieces = _normal(text).split(separator)
    if len(pieces) > MAXIMUM_PARAMETERS:
        raise MalformedUri(f"more than {MAXIMUM_PARAMETERS} pieces between {separator!r}")
    return pieces


def _same(one: str | None, other: str | None) -> bool:
    return (one or "").lower() == (other or "").lower()


def _comparable(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return sorted((name.lower(), value) for name, value in headers)
