"""Keys within the description: `a=crypto` lines (RFC 4568)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Self

from media.errors import NotAcceptable
from media.sdp.session_description import Attribute, MediaDescription
from media.security.srtp_suite import NAMES, SrtpSuite

_HARMLESS = ("WSH=",)
"""Session parameters that ask nothing of us: a hint at the size of the replay window (§6.3.7)."""
LONGEST_MKI: Final = 128
"""Octets of an identifier of a key (§6.1)."""
LONGEST_POWER: Final = 48
"""Of 2: packets that any key is good for (RFC 3711 §9.2)."""
SHORTEST_LIFETIME: Final = 2**14
"""Packets: five minutes of 20 ms. Each new key takes a re-INVITE; a call bears some dozens."""
_LIFETIME: Final = re.compile(r"(2\^)?[0-9]{1,20}")
_MKI: Final = re.compile(r"[0-9]{1,309}:[0-9]{1,3}")
_NAME: Final = re.compile(r"[A-Z0-9]*_\w*|[A-Z]{1,8}", re.ASCII)
_SHOWN: Final = 40
"""Characters of what a peer wrote that are told: never of a key, wherever it stands."""


@dataclass(frozen=True, slots=True)
class SecurityDescription:
    """One line that we can honour: a suite of ours, one key, and no condition beyond."""

    tag: int
    suite: SrtpSuite
    key: bytes = field(repr=False)
    """Master key and master salt of whoever wrote the line."""
    name: str = ""
    """How that one spells the suite; empty: as its RFC does."""
    mki: bytes = b""
    """What packets name the key by, big-endian in its full length; empty: nothing."""
    lifetime: int | None = None
    """Packets that the key is good for; None: as many as any key (2^48, RFC 3711 §9.2)."""

    @classmethod
    def parse(cls, value: str) -> Self:
        """Read what stands after `a=crypto:`.

        Raises:
            NotAcceptable: we cannot read it, or not honour it: an unknown suite, several keys, or
                session parameters that must be understood, as all but those that begin with `-`
                must be (§6.3).
        """
        words = value.split()
        if len(words) < 3 or not (words[0].isascii() and words[0].isdecimal()):
            raise NotAcceptable("an a=crypto line is not of tag, suite and key")
        if len(words[0]) > 9 or words[1] not in NAMES:
            raise NotAcceptable(f"{_named(words[1])} is no suite of SRTP that is known here")
        for word in words[3:]:
            if not word.startswith(("-", *_HARMLESS)):
                raise NotAcceptable(f"its session parameter {_named(word)} is not done here")
        suite = NAMES[words[1]]
        key, lifetime, mki = _inline_key(words[2])
        if len(key) != suite.key_octets:
            raise NotAcceptable(
                f"a key of {len(key)} octets, not the {suite.key_octets} of {suite.value}"
            )
        name = "" if words[1] == suite.value else words[1]
        return cls(int(words[0]), suite, key, name, mki, lifetime)

    def attribute(self) -> Attribute:
        """The line."""
        inline = base64.b64encode(self.key).decode()
        if self.mki:
            inline += f"|{int.from_bytes(self.mki)}:{len(self.mki)}"
        return Attribute("crypto", f"{self.tag} {self.name or self.suite.value} inline:{inline}")


def security_descriptions(line: MediaDescription) -> Iterator[SecurityDescription]:
    """What the lines of one media description offer that we can honour, in their order."""
    for value in line.values("crypto"):
        with suppress(NotAcceptable):
            yield SecurityDescription.parse(value)


def own_descriptions(
    keys: Mapping[SrtpSuite, bytes], mki: bytes = b""
) -> tuple[SecurityDescription, ...]:
    """What we offer, numbered from 1 in the order given."""
    return tuple(
        SecurityDescription(number, suite, key, mki=mki)
        for number, (suite, key) in enumerate(keys.items(), start=1)
    )


def _inline_key(word: str) -> tuple[bytes, int | None, bytes]:
    """Read `inline:KEY|LIFETIME|MKI:LENGTH`, of which the key alone must be there (§6.1)."""
    if ";" in word:
        raise NotAcceptable("it has several keys, of which one is taken here")
    method, _, text = word.partition(":")
    if method != "inline":
        raise NotAcceptable("its key does not come by inline:")
    key, *others = text.split("|")
    mki = _identifier(others.pop()) if others and ":" in others[-1] else b""
    if len(others) > 1:
        raise NotAcceptable("what stands behind its key is no lifetime and no MKI")
    lifetime = _lifetime(others[0]) if others else None
    try:
        return base64.b64decode(key + "=" * (-len(key) % 4), validate=True), lifetime, mki
    except ValueError as error:  # no base64, or no ASCII
        raise NotAcceptable("its key is not base64") from error


def _lifetime(text: str) -> int | None:
    """`2^POWER` or a number, in packets; None for what no call comes to."""
    if not _LIFETIME.fullmatch(text):
        raise NotAcceptable("the lifetime of its key is no number of packets")
    number = text.removeprefix("2^")
    # A power is compared as such: 2^99999999999999999999 would take all memory.
    packets = int(number) if number == text else 2 ** min(int(number), LONGEST_POWER)
    if packets < SHORTEST_LIFETIME:
        raise NotAcceptable(
            f"its key is good for {packets} packets; below {SHORTEST_LIFETIME} it serves no call"
        )
    return packets if packets < 2**LONGEST_POWER else None


def _identifier(text: str) -> bytes:
    """`MKI:LENGTH`, both decimal: the identifier as packets have it."""
    if _MKI.fullmatch(text):
        value, _, length = text.partition(":")
        if 1 <= int(length) <= LONGEST_MKI and int(value) < 256 ** int(length):
            return int(value).to_bytes(int(length))
    raise NotAcceptable(f"its MKI is no number of 1 to {LONGEST_MKI} octets")


def _named(word: str) -> str:
    """The name of a suite or a parameter, which has a `_` or is short: what a key has not."""
    name = word.partition("=")[0][:_SHOWN]
    return name if _NAME.fullmatch(name) else "what stands there"
