"""Does a caller ask to be answered without a ring? Every spelling that is in use, as one table.

Only `Answer-Mode` and `Priv-Answer-Mode` are standardised (RFC 5373). The others are customs of
phones and PBXs that came before it. The wish is only read here: granting it is policy.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sip.syntax.message import Request


@dataclass(frozen=True, slots=True)
class AutoAnswerWish:
    """The caller wants the call answered by itself, `delay_s` seconds after it arrived."""

    delay_s: float = 0.0

    required: bool = False
    """`;require` (RFC 5373 §4.3): when the wish is not granted, reject with 403, do not ring."""

    privileged: bool = False
    """`Priv-Answer-Mode` (RFC 5373 §4.1): also when the called has asked not to be disturbed."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way of asking: this word, as the value of this parameter, in this header field."""

    header: str
    parameter: str = ""
    """Empty: the word stands alone, without `name=`."""

    words: frozenset[str] = frozenset()
    """Accepted words, letters and digits only, lower case. Empty: a delay in seconds instead."""

    privileged: bool = False


_RINGS: Final = frozenset(
    {"alertautoanswer", "autoanswer", "ringanswer", "ringautoanswer", "intercom"}
)

SPELLINGS: Final = (
    Spelling("Call-Info", "answer-after"),
    Spelling("Alert-Info", "answer-after"),
    Spelling("Alert-Info", "info", _RINGS),
    Spelling("Alert-Info", "", _RINGS),
    Spelling("P-Auto-Answer", "", frozenset({"normal"})),
    Spelling("Answer-Mode", "", frozenset({"auto"})),
    Spelling("Priv-Answer-Mode", "", frozenset({"auto"}), privileged=True),
)

_DELAY_PARAMETERS: Final = ("answer-after", "delay")
_SECONDS: Final = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,6})?")
_BRACKETED: Final = re.compile(r"<[^<>]*>")
_NOT_ALPHANUMERIC: Final = re.compile(r"[^a-z0-9]")


def auto_answer_wish(request: Request) -> AutoAnswerWish | None:
    """Read the caller's wish from an INVITE; None when it expresses none.

    When several header fields ask, the shortest delay counts, and one `;require` is enough.
    Values that cannot be read express nothing: these header fields never make a request wrong.
    """
    wish: AutoAnswerWish | None = None
    for header in dict.fromkeys(spelling.header for spelling in SPELLINGS):
        for value in request.headers.get_all(header):
            for found in _wishes(header, _pieces(value)):
                wish = found if wish is None else _both(wish, found)
    return wish


def _pieces(value: str) -> dict[str, str]:
    """`<uri>;info=a;b` as `{"": …, "info": "a", "b": ""}`; a word on its own is kept as both."""
    pieces: dict[str, str] = {}
    for part in _BRACKETED.sub("", value).split(";"):
        name, equals, word = part.partition("=")
        name = name.strip().lower()
        if equals:
            pieces.setdefault(name, word.strip().strip('"').lower())
        elif name:
            pieces.setdefault("", name)
            pieces.setdefault(name, "")
    return pieces


def _wishes(header: str, pieces: dict[str, str]) -> Iterator[AutoAnswerWish]:
    for spelling in SPELLINGS:
        word = pieces.get(spelling.parameter) if spelling.header == header else None
        if word is None:
            continue
        if spelling.words:
            if _NOT_ALPHANUMERIC.sub("", word) in spelling.words:
                yield AutoAnswerWish(_delay_s(pieces), "require" in pieces, spelling.privileged)
        elif word == "" or _SECONDS.fullmatch(word):
            yield AutoAnswerWish(float(word or 0))


def _delay_s(pieces: dict[str, str]) -> float:
    for name in _DELAY_PARAMETERS:
        if _SECONDS.fullmatch(pieces.get(name, "")):
            return float(pieces[name])
    return 0.0


def _both(one: AutoAnswerWish, other: AutoAnswerWish) -> AutoAnswerWish:
    return AutoAnswerWish(
        delay_s=min(one.delay_s, other.delay_s),
        required=one.required or other.required,
        privileged=one.privileged or other.privileged,
    )
