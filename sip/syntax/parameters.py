"""Parameters of header fields and URIs: `;name=value;flag` (RFC 3261 §7.3.1, §19.1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Self

from sip.errors import MalformedHeader
from sip.syntax.grammar import QUOTED_STRING, TOKEN, quote, shown, unquote

# An unquoted value is a token or a host by the book. Gateways put base64 and paths there as well,
# so everything is taken up to the next character that has a meaning of its own.
_PARAMETER: Final = re.compile(
    rf'[ \t]*;[ \t]*({TOKEN})[ \t]*(?:=[ \t]*({QUOTED_STRING}|[^\s;,"<>]++))?[ \t]*', re.DOTALL
)
MAXIMUM_PARAMETERS: Final = 64
"""The most parameters that one value may have. The Contacts of IMS phones have some twenty."""

_UNQUOTED: Final = re.compile(r"[A-Za-z0-9\-.!%*_+`'~\[\]:]++")


class Parameters(Mapping[str, str | None]):
    """An immutable, ordered mapping of parameters. Names are found in any case.

    A flag such as `lr` has the value None. Reading gives what a quoted value says, without its
    quotes; `str` writes every parameter as it arrived. Where a peer repeats a name, which it must
    not, the first one counts.
    """

    __slots__ = ("_items", "_values")

    def __init__(self, items: Iterable[tuple[str, str | None]] = ()) -> None:
        """Take (name, value) pairs, the values as they stand on the wire: quoted if need be."""
        self._items = tuple(items)
        self._values: dict[str, str | None] = {}
        for name, value in self._items:
            self._values.setdefault(name.lower(), value)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read header parameters from the first semicolon on; an empty text has none.

        Raises:
            MalformedHeader: a name is missing, as in `;;`, something else stands between, or there
                are more than `MAXIMUM_PARAMETERS`.
        """
        if not text:
            return cls()
        items: list[tuple[str, str | None]] = []
        position = 0
        while position < len(text):
            parameter = _PARAMETER.match(text, position)
            if parameter is None:
                raise MalformedHeader(f"{shown(text[position:])} is no list of ;name=value")
            if len(items) == MAXIMUM_PARAMETERS:
                raise MalformedHeader(f"more than {MAXIMUM_PARAMETERS} parameters")
            items.append((parameter[1], parameter[2]))
            position = parameter.end()
        return cls(items)

    def with_value(self, name: str, value: str | None) -> Self:
        """The same with `name` set, where it stands or at the end. Quotes are put if needed."""
        if value is not None and not _UNQUOTED.fullmatch(value):
            value = quote(value)
        if name not in self:
            return type(self)((*self._items, (name, value)))
        key = name.lower()
        return type(self)(
            (old, value) if old.lower() == key else (old, kept) for old, kept in self._items
        )

    def without(self, name: str) -> Self:
        """The same without `name`."""
        key = name.lower()
        return type(self)(item for item in self._items if item[0].lower() != key)

    def __getitem__(self, name: str) -> str | None:
        value = self._values[name.lower()]
        return value if value is None else unquote(value)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        """Names in lower case, in the order in which they arrived."""
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        """Equal when the same names have the same values, in any order (RFC 3261 §7.3.1)."""
        if not isinstance(other, Parameters):
            return NotImplemented
        return dict(self.items()) == dict(other.items())

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __str__(self) -> str:
        return "".join(
            f";{name}" if value is None else f";{name}={value}" for name, value in self._items
        )

    def __repr__(self) -> str:
        return f"Parameters.parse({str(self)!r})"


NO_PARAMETERS: Final = Parameters()
