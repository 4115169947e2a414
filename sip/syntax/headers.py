"""The header fields of a message, in order (RFC 3261 §7.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Self

from sip.errors import MisuseError
from sip.syntax.grammar import is_token, split_list

COMPACT_FORMS: Final = {
    "a": "Accept-Contact",  # RFC 3841
    "b": "Referred-By",  # RFC 3892
    "c": "Content-Type",
    "d": "Request-Disposition",  # RFC 3841
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",  # RFC 3841
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "n": "Identity-Info",  # RFC 4474
    "o": "Event",  # RFC 6665
    "r": "Refer-To",  # RFC 3515
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",  # RFC 6665
    "v": "Via",
    "x": "Session-Expires",  # RFC 4028
    "y": "Identity",  # RFC 8224
}
"""One-letter names (RFC 3261 §7.3.3, and the RFC of the row)."""

LIST_HEADERS: Final = frozenset(
    {
        "Accept",
        "Accept-Contact",
        "Accept-Encoding",
        "Accept-Language",
        "Alert-Info",
        "Allow",
        "Allow-Events",
        "Call-Info",
        "Contact",
        "Content-Encoding",
        "Content-Language",
        "Diversion",
        "Error-Info",
        "History-Info",
        "In-Reply-To",
        "P-Asserted-Identity",
        "P-Preferred-Identity",
        "Path",
        "Proxy-Require",
        "Reason",
        "Record-Route",
        "Reject-Contact",
        "Remote-Party-ID",
        "Request-Disposition",
        "Require",
        "Route",
        "Security-Client",
        "Security-Server",
        "Security-Verify",
        "Service-Route",
        "Supported",
        "Unsupported",
        "Via",
        "Warning",
    }
)
"""Fields whose values may share a line, divided by commas. Elsewhere a comma is mere text."""

_OTHER_NAMES: Final = (
    "Answer-Mode",
    "Authentication-Info",
    "Authorization",
    "CSeq",
    "Call-ID",
    "Content-Disposition",
    "Content-Length",
    "Content-Type",
    "Date",
    "Event",
    "Expires",
    "From",
    "Identity",
    "Identity-Info",
    "Info-Package",
    "MIME-Version",
    "Max-Forwards",
    "Min-Expires",
    "Min-SE",
    "Organization",
    "P-Auto-Answer",
    "Priority",
    "Privacy",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "RAck",
    "RSeq",
    "Recv-Info",
    "Refer-Sub",
    "Refer-To",
    "Referred-By",
    "Replaces",
    "Reply-To",
    "Retry-After",
    "Server",
    "Session-Expires",
    "Subject",
    "Subscription-State",
    "Timestamp",
    "To",
    "User-Agent",
    "WWW-Authenticate",
)

_CANONICAL: Final = {
    **{name.lower(): name for name in (*LIST_HEADERS, *_OTHER_NAMES)},
    **COMPACT_FORMS,
}

_USUAL: Final = frozenset(_CANONICAL.values())


def canonical_name(name: str) -> str | None:
    """The usual spelling of a field's name, compact forms written out; unknown names stay.

    None when `name` is no token and so cannot be the name of a field.
    """
    return _CANONICAL.get(name.lower()) or (name if is_token(name) else None)


class Headers:
    """An immutable, ordered multimap of header fields. Names are found in any case or compact form.

    Every `with_…` and `without…` returns a new one. Values are unfolded text, written as they are.
    """

    __slots__ = ("_fields", "_index")

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        """Take (canonical name, value) pairs that were checked, as `of` and the parser do."""
        self._fields = tuple(fields)
        self._index: dict[str, tuple[str, ...]] | None = None

    @classmethod
    def of(cls, *fields: tuple[str, str]) -> Self:
        """Build from (name, value) pairs.

        Raises:
            MisuseError: a name is no token, or a value holds a line break, which would start a
                field that nobody asked for.
        """
        return cls(_checked(name, value) for name, value in fields)

    def get(self, name: str) -> str | None:
        """The first field's value as it arrived, a list undivided; None where there is no field."""
        values = self._values(name)
        return values[0] if values else None

    def get_all(self, name: str) -> tuple[str, ...]:
        """Every value in order; those of `LIST_HEADERS` divided at commas (RFC 3261 §7.3.1)."""
        values = self._values(name)
        if not values or _spelled(name) not in LIST_HEADERS:
            return values
        if len(values) == 1:
            return tuple(split_list(values[0]))
        return tuple(single for value in values for single in split_list(value))

    def count(self, name: str) -> int:
        """How many fields of this name there are, each counted once even if it lists several."""
        return len(self._values(name))

    def with_added(self, name: str, value: str) -> Self:
        """The same with one more field at the end."""
        return type(self)((*self._fields, _checked(name, value)))

    def with_first(self, name: str, value: str) -> Self:
        """The same with a field above all others of its name, or at the very top if alone."""
        name, value = _checked(name, value)
        position = next(self._positions(name), 0)
        return type(self)(
            (*self._fields[:position], (name, value), *self._fields[position:]),
        )

    def without(self, name: str) -> Self:
        """The same without any field of this name."""
        return type(self)(self._others(_spelled(name), self._fields))

    def without_first(self, name: str) -> Self:
        """The same without the topmost value of a list field, such as one's own Via, if any."""
        name = _spelled(name)
        position = next(self._positions(name), None)
        if position is None:
            return self
        field, value = self._fields[position]
        rest = split_list(value)[1:] if field in LIST_HEADERS else []
        kept = [(field, ", ".join(rest))] if rest else []
        return type(self)((*self._fields[:position], *kept, *self._fields[position + 1 :]))

    def _positions(self, name: str) -> Iterator[int]:
        key = name.lower()
        return (at for at, (field, _) in enumerate(self._fields) if field.lower() == key)

    @staticmethod
    def _others(name: str, fields: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        key = name.lower()
        return (field for field in fields if field[0].lower() != key)

    def _values(self, name: str) -> tuple[str, ...]:
        if self._index is None:
            lists: dict[str, list[str]] = {}
            for field, value in self._fields:
                lists.setdefault(_key(field), []).append(value)
            self._index = {field: tuple(values) for field, values in lists.items()}
        return self._index.get(_key(name), ())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self._values(name))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __eq__(self, other: object) -> bool:
        return self._fields == other._fields if isinstance(other, Headers) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._fields)

    def __str__(self) -> str:
        return "".join(f"{name}: {value}\r\n" for name, value in self._fields)

    def __repr__(self) -> str:
        return f"Headers.of({', '.join(map(repr, self._fields))})"


NO_HEADERS: Final = Headers()


def _key(name: str) -> str:
    """The same for every spelling of one name, and soon found for the usual one."""
    if name in _USUAL:
        return name
    lowered = name.lower()
    return _CANONICAL.get(lowered, lowered)


def _spelled(name: str) -> str:
    return _CANONICAL.get(name.lower(), name)


def _checked(name: str, value: str) -> tuple[str, str]:
    canonical = canonical_name(name)
    if canonical is None:
        raise MisuseError(f"{name!r} is no header name: it must be a token (RFC 3261 §7.3.1)")
    if "\r" in value or "\n" in value:
        raise MisuseError(f"{name}: {value!r} holds a line break")
    return canonical, value
