"""`"Name" <uri>;parameters`: the value of From, To, Contact, Route (RFC 3261 §20.10)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Self

from sip.errors import MalformedHeader, MalformedUri
from sip.syntax.grammar import QUOTED_STRING, quote, shown, unquote
from sip.syntax.parameters import NO_PARAMETERS, Parameters
from sip.syntax.uri import OpaqueUri, SipUri, parse_uri

# A name without quotes is a row of tokens by the book. Phones send accents and parentheses
# unquoted, which can only be meant one way; a comma, semicolon or colon could be meant in several.
_NAME_ADDRESS: Final = re.compile(
    rf'({QUOTED_STRING}[ \t]*|[^"<>,;:\\\x00-\x08\x0a-\x1f\x7f]*+)<([^<>]*+)>[ \t]*', re.DOTALL
)
_BARE_ADDRESS: Final = re.compile(r'([^\s<>",;?]++)[ \t]*')


@dataclass(frozen=True, slots=True)
class NameAddress:
    """A URI with the name to show for it and the header field's parameters.

    Where the URI stands without angle brackets, parameters belong to the header field, not to it.
    """

    display_name: str
    uri: SipUri | OpaqueUri
    parameters: Parameters = NO_PARAMETERS

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one value, trimmed or not.

        Raises:
            MalformedHeader: unbalanced quotes or brackets, a malformed URI, or something left over.
        """
        text = text.strip(" \t")
        form = _NAME_ADDRESS.match(text)
        if form is not None:
            name, uri = form.groups()
        elif (form := _BARE_ADDRESS.match(text)) is not None:
            name, uri = "", form[1]
        else:
            raise MalformedHeader(f"{shown(text)} is no address")
        try:
            return cls(
                _readable(unquote(name.rstrip(" \t"))) if name else "",
                parse_uri(uri),
                Parameters.parse(text[form.end() :]),
            )
        except MalformedUri as error:
            raise MalformedHeader(str(error)) from error

    @property
    def tag(self) -> str:
        """The tag of a From or To, or an empty string: the null tag of RFC 3261 §12.1.1."""
        return self.parameters.get("tag") or ""

    def with_parameter(self, name: str, value: str | None) -> Self:
        """The same with a parameter set; None writes a flag."""
        return replace(self, parameters=self.parameters.with_value(name, value))

    def __str__(self) -> str:
        shown = f"{quote(self.display_name)} " if self.display_name else ""
        return f"{shown}<{self.uri}>{self.parameters}"


def _readable(name: str) -> str:
    """Without the stand-ins for octets that are no UTF-8: a name goes to logs, pages and JSON."""
    if name.isascii():
        return name
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
