"""Header fields as typed attributes of a message, read on first use and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Generic, Protocol, Self, TypeVar, cast, overload

from sip.errors import MalformedHeader, MalformedUri
from sip.syntax.headers import Headers

T = TypeVar("T")

MAXIMUM_LIST_VALUES: Final = 128
"""The most values of one list field that are parsed. A way through 70 proxies needs 70."""


class HasHeaders(Protocol):
    """A message: header fields, and room to keep what was read from them."""

    @property
    def headers(self) -> Headers:
        """The fields as text."""

    @property
    def _typed(self) -> dict[str, Any]:
        """What was read from them so far."""


class TypedHeader(Generic[T]):
    """An attribute that is what `read` makes of the header fields of one name.

    Reading it raises MalformedHeader, naming the field, each time that the field is malformed, or
    missing where `read` requires it.
    """

    def __init__(self, header: str, read: Callable[[Headers], T]) -> None:
        self.header = header
        self._read = read
        self._attribute = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._attribute = name

    @overload
    def __get__(self, message: None, owner: type) -> Self: ...

    @overload
    def __get__(self, message: HasHeaders, owner: type) -> T: ...

    def __get__(self, message: HasHeaders | None, owner: type) -> T | Self:
        if message is None:
            return self
        kept = message._typed
        if self._attribute in kept:
            return cast("T", kept[self._attribute])
        try:
            value = self._read(message.headers)
        except (MalformedHeader, MalformedUri) as error:
            raise MalformedHeader(str(error), header=self.header) from error
        kept[self._attribute] = value
        return value


def required(header: str, parse: Callable[[str], T]) -> TypedHeader[T]:
    """A field that every message has exactly once. Missing counts as malformed."""

    def read(headers: Headers) -> T:
        text = headers.get(header)
        if text is None:
            raise MalformedHeader("is missing")
        return parse(text)

    return TypedHeader(header, read)


def optional(header: str, parse: Callable[[str], T]) -> TypedHeader[T | None]:
    """A field that there is once or not at all; None where it is not there."""

    def read(headers: Headers) -> T | None:
        text = headers.get(header)
        return None if text is None else parse(text)

    return TypedHeader(header, read)


def several(
    header: str, parse: Callable[[str], T], *, at_least: int = 0
) -> TypedHeader[tuple[T, ...]]:
    """A list field: all values of all its lines in order, `MAXIMUM_LIST_VALUES` at most.

    Fewer than `at_least` count as malformed.
    """

    def read(headers: Headers) -> tuple[T, ...]:
        values = headers.get_all(header)
        if not at_least <= len(values) <= MAXIMUM_LIST_VALUES:
            raise MalformedHeader(
                f"has {len(values)} values, not {at_least} to {MAXIMUM_LIST_VALUES}"
            )
        return tuple(map(parse, values))

    return TypedHeader(header, read)
