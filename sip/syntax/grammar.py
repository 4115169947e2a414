"""Pieces of the grammar that all header fields share (RFC 3261 §25.1).

Values have been unfolded before they come here, so linear white space is spaces and tabs only.
The patterns use possessive repetition: they take linear time whatever the peer sends.
"""

from __future__ import annotations

import re
from typing import Final

from sip.errors import MalformedHeader

TOKEN: Final = r"[A-Za-z0-9\-.!%*_+`'~]++"  # noqa: S105 -- the RFC's token, no secret
"""Pattern of a token."""

QUOTED_STRING: Final = r'"(?:[^"\\]|\\.)*+"'
"""Pattern of a quoted string, quotes included; needs re.DOTALL, since `\\` may escape any octet."""

HOST: Final = r"(?:\[[0-9A-Fa-f:.]++\]|[A-Za-z0-9\-._]++)"
"""Pattern of a host: a name, an IPv4 address, or an IPv6 address in brackets.

Underscores are no part of the RFC's host names, but names of real machines have them.
"""

_SHOWN: Final = 100

_TOKEN = re.compile(TOKEN)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_MUST_BE_QUOTED = re.compile(r'(["\\\x00-\x08\x0b\x0c\x0e-\x1f\x7f])')
_SEPARATORS = re.compile(r'[,"<>]')
_REST_OF_QUOTED = re.compile(r'(?:[^"\\]|\\.)*+"', re.DOTALL)


def shown(text: str) -> str:
    """`text` in quotes for an error message: control characters escaped, and cut if it is long.

    What a peer sends may be 64 KiB long, and error messages go to a log.
    """
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def is_token(text: str) -> bool:
    """Whether `text` is a token and so may stand without quotes."""
    return _TOKEN.fullmatch(text) is not None


def quote(text: str) -> str:
    """Write `text` as a quoted string: quotes, backslashes and control characters are escaped."""
    return '"' + _MUST_BE_QUOTED.sub(r"\\\1", text) + '"'


def unquote(text: str) -> str:
    """What a quoted string says. Text that does not start with a quote is returned as it is."""
    if not text.startswith('"'):
        return text
    inside = text[1:-1]
    return _QUOTED_PAIR.sub(r"\1", inside) if "\\" in inside else inside


def parse_number(text: str, highest: int) -> int:
    """Read decimal digits; leading zeros are allowed.

    Raises:
        MalformedHeader: anything but ASCII digits, or a number above `highest`, however long.
    """
    text = text.strip(" \t")
    if not (text.isascii() and text.isdigit()):
        raise MalformedHeader(f"{shown(text)} is no number")
    digits = text.lstrip("0")
    if len(digits) > len(str(highest)) or int(digits or "0") > highest:
        raise MalformedHeader(f"{shown(text)} is above {highest}")
    return int(digits or "0")


def split_list(text: str) -> list[str]:
    """Cut a comma-separated header value into its values (RFC 3261 §7.3.1), trimmed.

    Commas within quotes or angle brackets do not separate. A value that is empty between two commas
    stays, so that the field's own grammar can judge it; an empty text has no values. An unbalanced
    quote or bracket takes the rest of the text into one value.
    """
    if "," not in text:
        text = text.strip(" \t")
        return [text] if text else []
    if '"' not in text and "<" not in text:
        return [value.strip(" \t") for value in text.split(",")]
    values: list[str] = []
    start = position = 0
    bracketed = False
    while separator := _SEPARATORS.search(text, position):
        position = separator.end()
        match separator.group():
            case '"':
                closed = _REST_OF_QUOTED.match(text, position)
                position = closed.end() if closed else len(text)
            case "<":
                bracketed = True
            case ">":
                bracketed = False
            case _ if not bracketed:
                values.append(text[start : position - 1].strip(" \t"))
                start = position
    values.append(text[start:].strip(" \t"))
    return values
