"""What all header fields of authentication share: `name=value, name="value"` (RFC 3261 §25.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sip.errors import MalformedHeader
from sip.syntax.grammar import QUOTED_STRING, TOKEN, is_token, quote, shown, unquote

MAXIMUM_LENGTH: Final = 2048
"""The longest value, in characters, of those that are remembered and sent back. The tickets that
some servers have for a nonce fill a few hundred."""

MAXIMUM_PARAMETERS: Final = 32
"""The most parameters of one value. Those that have a meaning are fewer than twenty."""

_SCHEME: Final = re.compile(rf"({TOKEN})(?:[ \t]++|\Z)")
# Values that should be quoted are read without quotes, and the other way round.
_PARAMETER: Final = re.compile(
    rf'({TOKEN})[ \t]*+=[ \t]*+({QUOTED_STRING}|[^\s,"]*+)[ \t]*+(?=,|\Z)', re.DOTALL
)
_COMMAS: Final = re.compile(r"[ \t,]*+")


def parse_digest(text: str) -> dict[str, str]:
    """Read `Digest name=value, …`: the values without quotes, by their names in lower case.

    Raises:
        MalformedHeader: another scheme, no such list, or a name given twice.
    """
    scheme = _SCHEME.match(text)
    if scheme is None:
        raise MalformedHeader(f"{shown(text)} names no scheme")
    if scheme[1].lower() != "digest":
        raise MalformedHeader(f"scheme {shown(scheme[1])} is not Digest")
    return parse_auth_params(text[scheme.end() :])


def parse_auth_params(text: str) -> dict[str, str]:
    """Read the list that follows a scheme, or stands alone in Authentication-Info.

    Raises:
        MalformedHeader: no such list, or a name given twice: then it would mean one thing to one
            reader, and something else to another.
    """
    values: dict[str, str] = {}
    position = _after_commas(text, 0)
    while position < len(text):
        parameter = _PARAMETER.match(text, position)
        if parameter is None:
            raise MalformedHeader(f"{shown(text[position:])} is no list of name=value")
        name = parameter[1].lower()
        if name in values:
            raise MalformedHeader(f"{name} stands there more than once")
        if len(values) == MAXIMUM_PARAMETERS:
            raise MalformedHeader(f"more than {MAXIMUM_PARAMETERS} parameters")
        values[name] = unquote(parameter[2])
        position = _after_commas(text, parameter.end())
    return values


def write_auth_params(quoted: Iterable[tuple[str, str]], bare: Iterable[tuple[str, str]]) -> str:
    """The list, first those values that the grammar wants in quotes, then those without."""
    pairs = [(name, quote(value)) for name, value in quoted]
    pairs += [(name, value if is_token(value) else quote(value)) for name, value in bare]
    return ", ".join(f"{name}={value}" for name, value in pairs)


def bounded(text: str) -> str:
    """`text`, if it is no longer than `MAXIMUM_LENGTH`.

    Raises:
        MalformedHeader: it is.
    """
    if len(text) > MAXIMUM_LENGTH:
        raise MalformedHeader(f"{len(text)} characters are more than {MAXIMUM_LENGTH}")
    return text


def needed(values: dict[str, str], name: str) -> str:
    """The value of `name`.

    Raises:
        MalformedHeader: there is none.
    """
    if name not in values:
        raise MalformedHeader(f"{name} is missing")
    return values[name]


def _after_commas(text: str, position: int) -> int:
    commas = _COMMAS.match(text, position)
    return commas.end() if commas else position
