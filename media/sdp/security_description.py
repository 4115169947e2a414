"""Keys within the description: `a=crypto` lines (RFC 4568)."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Self

from media.errors import NotAcceptable
from media.sdp.session_description import Attribute, MediaDescription
from media.security.srtp_suite import NAMES, SrtpSuite

_HARMLESS = ("WSH=",)
"""Session parameters that ask nothing of us: a hint at the size of the replay window (§6.3.7)."""
_SHOWN: Final = 40
"""Characters of what a peer wrote that are told: never of a key."""


@dataclass(frozen=True, slots=True)
class SecurityDescription:
    """One line that we can honour: a suite of ours, one key, and no condition beyond."""

    tag: int
    suite: SrtpSuite
    key: bytes = field(repr=False)
    """Master key and master salt of whoever wrote the line."""
    name: str = ""
    """How that one spells the suite; empty: as its RFC does."""

    @classmethod
    def parse(cls, value: str) -> Self:
        """Read what stands after `a=crypto:`.

        Raises:
            NotAcceptable: we cannot read it, or not honour it: an unknown suite, several keys, a
                key identifier (MKI), or session parameters that must be understood, as all but
                those that begin with `-` must be (§6.3).
        """
        words = value.split()
        if len(words) < 3 or not (words[0].isascii() and words[0].isdecimal()):
            raise NotAcceptable("an a=crypto line is not of tag, suite and key")
        if len(words[0]) > 9 or words[1] not in NAMES:
            raise NotAcceptable(f"{words[1][:_SHOWN]} is no suite of SRTP that is known here")
        for word in words[3:]:
            if not word.startswith(("-", *_HARMLESS)):
                raise NotAcceptable(f"its session parameter {word[:_SHOWN]} is not done here")
        suite = NAMES[words[1]]
        key = _inline_key(words[2])
        if len(key) != suite.key_octets:
            raise NotAcceptable(
                f"a key of {len(key)} octets, not the {suite.key_octets} of {suite.value}"
            )
        return cls(int(words[0]), suite, key, "" if words[1] == suite.value else words[1])

    def attribute(self) -> Attribute:
        """The line."""
        inline = base64.b64encode(self.key).decode()
        return Attribute("crypto", f"{self.tag} {self.name or self.suite.value} inline:{inline}")


def security_descriptions(line: MediaDescription) -> Iterator[SecurityDescription]:
    """What the lines of one media description offer that we can honour, in their order."""
    for value in line.values("crypto"):
        with suppress(NotAcceptable):
            yield SecurityDescription.parse(value)


def own_descriptions(keys: Mapping[SrtpSuite, bytes]) -> tuple[SecurityDescription, ...]:
    """What we offer, numbered from 1 in the order given."""
    return tuple(
        SecurityDescription(number, suite, key)
        for number, (suite, key) in enumerate(keys.items(), start=1)
    )


def _inline_key(word: str) -> bytes:
    """The key of `inline:KEY|LIFETIME`; a lifetime is longer than any call and is passed over."""
    method, _, text = word.partition(":")
    if method != "inline":
        raise NotAcceptable(f"its key comes by {method[:_SHOWN]}, not by inline")
    key, *others = text.split("|")
    if any(":" in other for other in others) or len(others) > 1:
        raise NotAcceptable("it has several keys, or an identifier (MKI)")
    try:
        return base64.b64decode(key + "=" * (-len(key) % 4), validate=True)
    except ValueError as error:  # no base64, or no ASCII
        raise NotAcceptable("its key is not base64") from error
