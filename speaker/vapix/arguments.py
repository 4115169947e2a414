"""What a CGI is asked with: the arguments of the address and those of a form in the body.

Clients of VAPIX name their forms as they like (`text/plain`, JSON, nothing at all): whatever a body
says that it is, it is read as `name=value&name=value`, unless it is `multipart/form-data`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import unquote_to_bytes

from fastapi import Depends, Request
from fastapi.responses import PlainTextResponse
from starlette.formparsers import MultiPartException, MultiPartParser

from media.sdp.masking import escaped

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Iterator

MOST_ARGUMENTS: Final = 512
"""In one request: a client that restores a device sets every parameter at once."""

LONGEST_NAME: Final = 256
LONGEST_VALUE: Final = 4096
"""Characters, after decoding."""

LONGEST_BODY: Final = 64 * 1024
"""Octets of a form."""

LONGEST_SHOWN: Final = 40
"""Characters of a stranger's name that an error repeats."""


class BadArguments(ValueError):
    """The arguments cannot be understood; the message names the argument and the rule."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """Names and values in the order in which they came, those of the address first."""

    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """What is said something about."""
        return frozenset(name for name, _ in self.pairs)

    def get(self, name: str) -> str | None:
        """The value of `name`; None: it is not there.

        Raises:
            BadArguments: it has two values, of which one would be ignored.
        """
        values = {value for each, value in self.pairs if each == name}
        if len(values) > 1:
            raise BadArguments(f"{_shown(name)} is given twice, with different values")
        return values.pop() if values else None

    def number(self, name: str, *, low: int, high: int, default: int) -> int:
        """The value of `name` as a whole number.

        Raises:
            BadArguments: it is no number from `low` to `high`, or has two values.
        """
        text = self.get(name)
        if text is None:
            return default
        digits = text.removeprefix("-")
        is_number = digits.isascii() and digits.isdecimal() and len(digits) <= 10
        if not is_number or not low <= int(text) <= high:
            raise BadArguments(f"{_shown(name)} is not a whole number from {low} to {high}")
        return int(text)


def parse_arguments(*forms: bytes) -> Arguments:
    """Read `name=value&name=value`, percent-encoded, one form after the other.

    What is not UTF-8 is taken for Latin-1, which older clients send. A name without `=` has an
    empty value.

    Raises:
        BadArguments: there are too many, one is too long, or has a control character.
    """
    return Arguments(tuple(_checked(_decoded(forms))))


async def arguments_of(request: Request) -> Arguments:
    """The arguments of a request: of its address and, where it has one, of the form in its body.

    Raises:
        BadArguments: they cannot be understood, or there are too many or too long ones.
    """
    query = request.scope["query_string"]
    if request.method not in ("POST", "PUT"):
        return parse_arguments(query)
    body = await _bounded_body(request)
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        fields = await _multipart(request, body)
        return Arguments(tuple(_checked([*_decoded([query]), *fields])))
    return parse_arguments(query, body.strip(b"\r\n\t "))


def query_arguments(request: Request) -> Arguments:
    """The arguments of the address only, for requests whose body is something else.

    Raises:
        BadArguments: they cannot be understood, or there are too many or too long ones.
    """
    return parse_arguments(request.scope["query_string"])


Asked = Annotated[Arguments, Depends(arguments_of)]
AskedInAddress = Annotated[Arguments, Depends(query_arguments)]
"""How an endpoint gets them."""


async def answer_bad_arguments(_request: Request, error: Exception) -> PlainTextResponse:
    """400, in the words of VAPIX (Media clip API, error responses)."""
    return PlainTextResponse(f"400 Bad Request\r\n{error}\r\n", status_code=400)


def _decoded(forms: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    for form in forms:
        # Counted before any is decoded, so that a million of them cost nothing.
        if form.count(b"&") >= 2 * MOST_ARGUMENTS:
            raise BadArguments(f"more than {MOST_ARGUMENTS} arguments")
        for each in form.split(b"&"):
            name, _, value = each.partition(b"=")
            if name:
                yield _text(name), _text(value)


def _checked(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for count, (name, value) in enumerate(pairs, start=1):
        if count > MOST_ARGUMENTS:
            raise BadArguments(f"more than {MOST_ARGUMENTS} arguments")
        if len(name) > LONGEST_NAME:
            raise BadArguments(f"a name of {len(name)} characters; {LONGEST_NAME} are allowed")
        if len(value) > LONGEST_VALUE:
            raise BadArguments(
                f"{_shown(name)} has {len(value)} characters; {LONGEST_VALUE} are allowed"
            )
        if any(ord(each) < 32 or ord(each) == 127 for each in name + value):
            raise BadArguments(f"{_shown(name)} has a control character")
        yield name, value


def _text(encoded: bytes) -> str:
    octets = unquote_to_bytes(encoded.replace(b"+", b" "))
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


async def _bounded_body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_BODY:
            raise BadArguments(f"the form is longer than {LONGEST_BODY} octets")
    return bytes(body)


async def _multipart(request: Request, body: bytes) -> list[tuple[str, str]]:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        request.headers, whole(), max_files=0, max_fields=MOST_ARGUMENTS, max_part_size=LONGEST_BODY
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise BadArguments(error.message) from error
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


def _shown(name: str) -> str:
    """A stranger's name, fit for an error of one line."""
    return f"{escaped(name[:LONGEST_SHOWN])!r}"
