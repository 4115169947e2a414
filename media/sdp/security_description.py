"""Keys within the description: `a=crypto` lines (RFC 4568)."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from media.sdp.session_description import Attribute, MediaDescription
from media.security.srtp_suite import NAMES, SrtpSuite

_HARMLESS = ("WSH=",)
"""Session parameters that ask nothing of us: a hint at the size of the replay window (§6.3.7)."""


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
    def parse(cls, value: str) -> Self | None:
        """Read what stands after `a=crypto:`; None for what we cannot honour, or read.

        That is: an unknown suite, several keys, a key identifier (MKI), or session parameters that
        must be understood, as all but those that begin with `-` must be (§6.3).
        """
        words = value.split()
        if len(words) < 3 or not (words[0].isascii() and words[0].isdecimal()):
            return None
        if len(words[0]) > 9 or words[1] not in NAMES:
            return None
        if not all(word.startswith(("-", *_HARMLESS)) for word in words[3:]):
            return None
        suite = NAMES[words[1]]
        key = _inline_key(words[2])
        if key is None or len(key) != suite.key_octets:
            return None
        return cls(int(words[0]), suite, key, "" if words[1] == suite.value else words[1])

    def attribute(self) -> Attribute:
        """The line."""
        inline = base64.b64encode(self.key).decode()
        return Attribute("crypto", f"{self.tag} {self.name or self.suite.value} inline:{inline}")


def security_descriptions(line: MediaDescription) -> Iterator[SecurityDescription]:
    """What the lines of one media description offer that we can honour, in their order."""
    for value in line.values("crypto"):
        description = SecurityDescription.parse(value)
        if description is not None:
            yield description


def own_descriptions(keys: Mapping[SrtpSuite, bytes]) -> tuple[SecurityDescription, ...]:
    """What we offer, numbered from 1 in the order given."""
    return tuple(
        SecurityDescription(number, suite, key)
        for number, (suite, key) in enumerate(keys.items(), start=1)
    )


def _inline_key(word: str) -> bytes | None:
    """The key of `inline:KEY|LIFETIME`; a lifetime is longer than any call and is passed over."""
    method, _, text = word.partition(":")
    key, *others = text.split("|")
    if method != "inline" or any(":" in other for other in others) or len(others) > 1:
        return None
    try:
        return base64.b64decode(key + "=" * (-len(key) % 4), validate=True)
    except ValueError:  # no base64, or no ASCII
        return None
