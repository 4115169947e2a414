"""JSON as strangers send it: bounded, and of values that can be written down again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Never

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

LONGEST_BODY: Final = 64 * 1024
"""Octets. A hundred SIP accounts in one request are half of that."""

LONGEST_NUMBER: Final = 64
"""Characters; Python's own limit is where reading one takes milliseconds."""


class NotJson(ValueError):
    """It is not JSON, or not such as can be kept; the message says why, without repeating it."""


class BodyTooLarge(ValueError):
    """A body is longer than `LONGEST_BODY`; the rest has not been read."""


async def bounded_body(request: Request) -> bytes:
    """The body of a request, whatever its content type says that it is.

    Raises:
        BodyTooLarge: it is longer than `LONGEST_BODY`.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_BODY:
            raise BodyTooLarge(f"the body is longer than {LONGEST_BODY} octets")
    return bytes(body)


def parsed_json(body: bytes) -> object:
    """What a body of at most `LONGEST_BODY` octets says.

    Numbers are finite, and text consists of whole characters: both could not be answered or kept.

    Raises:
        NotJson: it says nothing that can be understood.
    """
    try:
        value = json.loads(
            body, parse_constant=_no_constant, parse_int=_whole_number, parse_float=_fraction
        )
        json.dumps(value, ensure_ascii=False).encode()  # half letters (`\\ud800`) are no text
    except RecursionError as error:
        raise NotJson("it is nested too deep") from error
    except UnicodeError as error:
        raise NotJson("it is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at character {error.pos}") from error
    return value


class JsonAnswer(Response):
    """JSON in ASCII: what a request says is repeated letter by letter, whatever it is."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """As octets."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()


def _no_constant(word: str) -> Never:
    raise NotJson(f"{word} is not a number of JSON")


def _whole_number(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise NotJson(f"a number has {len(text)} digits; {LONGEST_NUMBER} are allowed")
    return int(text)


def _fraction(text: str) -> float:
    number = float(text)
    if len(text) > LONGEST_NUMBER or number in (float("inf"), float("-inf")):
        raise NotJson("a number is too large or too long")
    return number
