"""Digits in the body of SIP INFO requests.

No RFC describes them; phones send what two old products sent. `application/dtmf-relay` has lines
`Signal=5` and `Duration=160` (milliseconds), `application/dtmf` has the key alone. Real phones add
spaces, leave out line ends or the duration, or send the event code in place of the key.
"""

import re
from dataclasses import dataclass
from typing import Final

from dtmf.errors import MalformedInfo
from dtmf.telephone_event import DIGITS, event_code

RELAY: Final = "application/dtmf-relay"
BARE: Final = "application/dtmf"

LONGEST_BODY: Final = 256
"""Bytes. The real ones have about 25."""

SIGNAL: Final = re.compile(r"signal\s*[=:]\s*(.*?)\s*(?:$|[\r\n;,]|duration)", re.IGNORECASE)
DURATION: Final = re.compile(r"duration\s*[=:]\s*([0-9]{1,5})(?![0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class InfoDigit:
    """A key press told by SIP INFO."""

    digit: str
    """One of `0123456789*#ABCD`."""
    duration_ms: int | None
    """How long the key was down; None when the peer does not say so legibly."""


def carries_digit(content_type: str) -> bool:
    """Whether a body of this type tells of a key, and `parse_info` can read it."""
    return _media_type(content_type) in (RELAY, BARE)


def parse_info(content_type: str, body: bytes) -> InfoDigit:
    """Read the key that an INFO body tells of.

    Raises:
        MalformedInfo: a type that tells of no key, or no key in the body; names what is there.
    """
    if not carries_digit(content_type):
        raise MalformedInfo(f"{content_type[:80]!r} is neither {RELAY} nor {BARE}")
    if len(body) > LONGEST_BODY:
        raise MalformedInfo(f"a body of {len(body)} bytes is longer than {LONGEST_BODY}")
    text = body.decode("ascii", "replace")
    signal = SIGNAL.search(text)
    if signal is not None:
        key = signal[1]
    elif _media_type(content_type) == BARE:
        key = (text.split() or [""])[0]
    else:
        raise MalformedInfo(f"{text[:80]!r} has no Signal=")
    duration = DURATION.search(text)
    return InfoDigit(_digit(key), None if duration is None else int(duration[1]))


def info_body(digit: str, duration_ms: int) -> tuple[str, bytes]:
    """Content type and body that tell of a press of `digit`.

    Raises:
        BadDigit: it is not exactly one of `0123456789*#ABCD`.
    """
    event_code(digit)
    return RELAY, f"Signal={digit}\r\nDuration={duration_ms}\r\n".encode("ascii")


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _digit(key: str) -> str:
    """The key for itself or its event code: `*` and `10` are the same."""
    letter = key.upper()
    if len(letter) == 1 and letter in DIGITS:
        return letter
    if re.fullmatch(r"1[0-5]", key):
        return DIGITS[int(key)]
    raise MalformedInfo(f"{key[:80]!r} is not one of the keys {DIGITS}")
