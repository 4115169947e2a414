"""Session descriptions as values (RFC 8866): what is read is kept, whether or not it is understood.

Reading is tolerant where phones in the field are careless: any line ending, unknown lines, lines
out of order, no `s=` or `t=`. What cannot be meant seriously is refused, and everything is bounded.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from media.errors import MalformedDescription

MAXIMUM_SIZE: Final = 65_535
"""Octets: the longest body that a SIP message over UDP could carry."""
MAXIMUM_LINES: Final = 2_000
MAXIMUM_MEDIA: Final = 32
MAXIMUM_FORMATS: Final = 128
"""Formats of one media line: RTP has no more payload types."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The `o=` line: who made the description, and which version of it this is."""

    session_id: int
    version: int
    address: str
    """IP literal without brackets, or a name."""
    username: str = "-"

    @classmethod
    def parse(cls, value: str) -> Origin:
        """Read what stands after `o=`.

        Raises:
            MalformedDescription: there are not six words, or the numbers are none.
        """
        words = value.rsplit(maxsplit=5)  # some user names hold spaces, against the grammar
        if len(words) != 6:
            raise MalformedDescription(f"o={value[:80]!r} does not have six words")
        username, session_id, version, _, _, address = words
        return cls(
            _number(session_id, "session id"), _number(version, "version"), address, username
        )

    def __str__(self) -> str:
        return (
            f"{self.username} {self.session_id} {self.version} "
            f"IN {_address_type(self.address)} {self.address}"
        )

    def next_version(self) -> Origin:
        """The origin of the next, changed description of the same session (RFC 3264 §8)."""
        return Origin(self.session_id, self.version + 1, self.address, self.username)


@dataclass(frozen=True, slots=True)
class Attribute:
    """An `a=` line: `value` is None for a flag such as `sendonly`."""

    name: str
    value: str | None = None

    def __str__(self) -> str:
        return self.name if self.value is None else f"{self.name}:{self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaDescription:
    """One `m=` line and what belongs to it."""

    media: str
    """`audio`, `video`, `image`, …"""
    port: int
    """0: declined, or not used any more."""
    protocol: str
    """`RTP/AVP`, `RTP/SAVP`, `udptl`, …"""
    formats: tuple[str, ...]
    """For RTP: payload types in order of preference."""
    address: str | None = None
    """From its own `c=`: an IP literal or a name; None where the session's counts."""
    attributes: tuple[Attribute, ...] = ()

    def values(self, name: str) -> Iterator[str]:
        """The values of all attributes of that name, in order; "" for a flag."""
        return (a.value or "" for a in self.attributes if a.name == name)

    def value(self, name: str) -> str | None:
        """The value of the first attribute of that name; "" for a flag, None if there is none."""
        return next(self.values(name), None)

    def declined(self) -> MediaDescription:
        """The line that answers this one with a refusal (RFC 3264 §6): port 0, formats kept."""
        return MediaDescription(
            media=self.media, port=0, protocol=self.protocol, formats=self.formats
        )

    def lines(self) -> Iterator[str]:
        """Its lines without endings."""
        yield f"m={self.media} {self.port} {self.protocol} {' '.join(self.formats)}"
        if self.address is not None:
            yield f"c={_connection(self.address)}"
        for attribute in self.attributes:
            yield f"a={attribute}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDescription:
    """A whole description. Lines that this program makes no use of are not kept."""

    origin: Origin
    name: str = "-"
    address: str | None = None
    """From the session's `c=`; None when each media line has its own."""
    timing: str = "0 0"
    attributes: tuple[Attribute, ...] = ()
    media: tuple[MediaDescription, ...] = ()

    def __bytes__(self) -> bytes:
        return "".join(f"{line}\r\n" for line in self._lines()).encode()

    def _lines(self) -> Iterator[str]:
        yield "v=0"
        yield f"o={self.origin}"
        yield f"s={self.name}"
        if self.address is not None:
            yield f"c={_connection(self.address)}"
        yield f"t={self.timing}"
        for attribute in self.attributes:
            yield f"a={attribute}"
        for description in self.media:
            yield from description.lines()

    @classmethod
    def parse(cls, body: bytes) -> SessionDescription:
        """Read a description.

        Raises:
            MalformedDescription: it is no description, or breaks a bound; the message says how.
        """
        lines = _typed_lines(body)
        sections: list[list[tuple[str, str]]] = [[]]
        for line in lines:
            if line[0] == "m":
                sections.append([])
            sections[-1].append(line)
        session, *media = sections
        if len(media) > MAXIMUM_MEDIA:
            raise MalformedDescription(f"{len(media)} m= lines are more than {MAXIMUM_MEDIA}")
        first = dict(reversed(session))  # of several lines of one type the first counts
        if first.get("v", "").strip() != "0":
            raise MalformedDescription(f"v={first.get('v')!r} is not version 0")
        if "o" not in first:
            raise MalformedDescription("the o= line is missing")
        return cls(
            origin=Origin.parse(first["o"]),
            name=first.get("s", "").strip() or "-",
            address=_address(first["c"]) if "c" in first else None,
            timing=first.get("t", "").strip() or "0 0",
            attributes=_attributes(session),
            media=tuple(map(_media_description, media)),
        )


def _typed_lines(body: bytes) -> list[tuple[str, str]]:
    """Type letter and value of each line; empty ones are skipped."""
    if len(body) > MAXIMUM_SIZE:
        raise MalformedDescription(f"{len(body)} octets are more than {MAXIMUM_SIZE}")
    text = body.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.strip() for line in text.split("\n")]
    lines = [line for line in lines if line]
    if len(lines) > MAXIMUM_LINES:
        raise MalformedDescription(f"{len(lines)} lines are more than {MAXIMUM_LINES}")
    typed = []
    for line in lines:
        letter, equals, value = line.partition("=")
        if len(letter.strip()) != 1 or not equals:
            raise MalformedDescription(f"{line[:80]!r} is not of the form type=value")
        typed.append((letter.strip(), value))
    return typed


def _media_description(lines: list[tuple[str, str]]) -> MediaDescription:
    value = lines[0][1]
    words = value.split()
    if len(words) < 4:
        raise MalformedDescription(f"m={value[:80]!r} does not have four words")
    media, port, protocol, *formats = words
    if len(formats) > MAXIMUM_FORMATS:
        raise MalformedDescription(f"m={value[:80]!r} has more than {MAXIMUM_FORMATS} formats")
    number = _number(port.partition("/")[0], "port")
    if number > 65535:
        raise MalformedDescription(f"port {number} is above 65535")
    connection = next((value for letter, value in lines if letter == "c"), None)
    return MediaDescription(
        media=media,
        port=number,
        protocol=protocol,
        formats=tuple(formats),
        address=None if connection is None else _address(connection),
        attributes=_attributes(lines),
    )


def _attributes(lines: list[tuple[str, str]]) -> tuple[Attribute, ...]:
    read = []
    for letter, value in lines:
        if letter == "a":
            name, colon, rest = value.partition(":")
            read.append(Attribute(name.strip(), rest.strip() if colon else None))
    return tuple(read)


def _address(connection: str) -> str:
    """The address of a `c=` line, without the TTL and count of a multicast one."""
    words = connection.split()
    if len(words) != 3 or words[0] != "IN" or words[1] not in ("IP4", "IP6"):
        raise MalformedDescription(f"c={connection[:80]!r} is not IN IP4 or IN IP6 and an address")
    return words[2].partition("/")[0]


def _connection(address: str) -> str:
    return f"IN {_address_type(address)} {address}"


def _address_type(address: str) -> str:
    try:
        return f"IP{ipaddress.ip_address(address).version}"
    except ValueError:
        return "IP4"  # a name; which of the two it leads to is for its resolver to say


def _number(word: str, what: str) -> int:
    """A number of an SDP line: digits only, at most 20 of them (RFC 8866 §5.2: 64 bits)."""
    if not (word.isascii() and word.isdecimal()) or len(word) > 20:
        raise MalformedDescription(f"{what} {word[:40]!r} is not a number")
    return int(word)
