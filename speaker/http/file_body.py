"""The file that a request carries: as its body, or as a part of a form (RFC 7578)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

MOST_PARTS: Final = 32
MOST_BESIDE: Final = 64 * 1024
"""Octets of a form that are not the file."""

PATIENCE_S: Final = 60.0
"""How long the next piece may take: of a sender that has lost its network nothing is heard."""

FORM: Final = "multipart/form-data"


class NoFile(ValueError):
    """There is no file in the request; the message says what is wrong with it."""


class FileBody:
    """Iterating over it gives the bytes of the file as they come; `filename` is known with them."""

    def __init__(self, request: Request, patience_s: float = PATIENCE_S) -> None:
        """Take a request whose body nobody has read.

        Raises:
            NoFile: it is a form without a boundary.
        """
        self._request = request
        self._patience_s = patience_s
        self._form: _Form | None = None
        content_type = request.headers.get("content-type", "")
        if content_type.partition(";")[0].strip().lower() == FORM:
            _, parameters = parse_options_header(content_type)
            self._form = _Form(parameters.get(b"boundary", b""))

    @property
    def is_form(self) -> bool:
        """Whether there is more in the body than the file."""
        return self._form is not None

    @property
    def filename(self) -> str:
        """What its sender calls the file; empty: nothing."""
        return "" if self._form is None else self._form.filename

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """All of it.

        Raises:
            NoFile: the form has none, or is no form; or nothing more comes.
        """
        pieces = aiter(self._request.stream())
        while (data := await self._next(pieces)) is not None:
            if self._form is None:
                yield data
            else:
                for piece in self._form.feed(data):
                    yield piece
        if self._form is not None:
            self._form.check()

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        try:
            async with asyncio.timeout(self._patience_s):
                return await anext(pieces, None)
        except TimeoutError:
            raise NoFile(f"nothing has come for {self._patience_s:g} s") from None


class _Form:
    """Finds the first part that has a file's name; what else is in the form is passed over."""

    def __init__(self, boundary: bytes) -> None:
        if not boundary:
            raise NoFile("the form has no boundary")
        self.filename = ""
        self._parts = self._beside = 0
        self._is_file = self._was_file = self._is_complete = False
        self._field = self._value = b""
        self._pieces: list[bytes] = []
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part,
                    "on_header_field": self._on_field,
                    "on_header_value": self._on_value,
                    "on_header_end": self._on_header,
                    "on_part_data": self._on_data,
                    "on_part_end": self._on_end,
                },
            )
        except FormParserError as problem:
            raise NoFile(f"the boundary of the form cannot be one: {problem}") from problem

    def feed(self, data: bytes) -> list[bytes]:
        """The pieces of the file in these bytes."""
        try:
            self._parser.write(data)
        except FormParserError as problem:
            raise NoFile(f"the form cannot be read: {problem}") from problem
        pieces, self._pieces = self._pieces, []
        self._beside += len(data) - sum(map(len, pieces))
        if self._beside > MOST_BESIDE:
            raise NoFile(f"the form has more than {MOST_BESIDE} octets beside the file")
        return pieces

    def check(self) -> None:
        """Look, at the end, whether there was a file and all of it."""
        if not self._was_file:
            raise NoFile("there is no file in the form")
        if not self._is_complete:
            raise NoFile("the form ends within the file")

    def _on_part(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise NoFile(f"the form has more than {MOST_PARTS} parts")
        self._field = self._value = b""

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        if self._field.strip().lower() == b"content-disposition" and not self._was_file:
            _, parameters = parse_options_header(self._value)
            name = parameters.get(b"filename")
            if name is not None:
                self._is_file = self._was_file = True
                self.filename = name.decode(errors="replace")
        self._field = self._value = b""

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._pieces.append(data[start:end])

    def _on_end(self) -> None:
        self._is_complete |= self._is_file
        self._is_file = False
