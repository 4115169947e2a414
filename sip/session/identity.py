"""Who calls and for whom it was: what the header fields say, bounded and fit to be shown.

Anybody can write anything into these. `From` is the caller's own claim. `P-Asserted-Identity`
(RFC 3325) and its forerunner `Remote-Party-ID` are what a server says of the caller, and worth
something only in calls that come from a server of ours: `CallerIdentity.shown` is told so.
`Diversion` (RFC 5806) and `History-Info` (RFC 7044) tell whom the call was for at first.
"""

from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote

from sip.errors import MalformedHeader
from sip.syntax.address import NameAddress
from sip.syntax.message import Request
from sip.syntax.reason import first_reason
from sip.syntax.uri import SipUri

LONGEST_NAME: Final = 64
LONGEST_URI: Final = 256
MAXIMUM_DIVERSIONS: Final = 8
_MAXIMUM_VALUES: Final = 16
_HIDDEN: Final = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Person:
    """A name to show, which may be empty, and a URI. Both are printable and of bounded length."""

    name: str
    uri: str

    @classmethod
    def of(cls, address: NameAddress) -> Self:
        """Show an address; parameters and header fields of its URI are left out."""
        uri = address.uri
        if isinstance(uri, SipUri):
            host = f"[{uri.host}]" if ":" in uri.host else uri.host
            port = "" if uri.port is None else f":{uri.port}"
            text = f"{uri.scheme}:{uri.user + '@' if uri.user else ''}{host}{port}"
        else:
            text = str(uri)
        return cls(_printable(address.display_name, LONGEST_NAME), _printable(text, LONGEST_URI))


@dataclass(frozen=True, slots=True)
class Diverted:
    """Somebody whom the call was for before it came here, and why it went on."""

    person: Person
    reason: str
    """Such as `no-answer` (RFC 5806) or `SIP;cause=486` (RFC 7044); may be empty."""


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """All that a call says of where it comes from."""

    claimed: Person
    asserted: Person | None = None
    diverted_from: tuple[Diverted, ...] = ()
    """The last one first."""

    @classmethod
    def of(cls, invite: Request) -> Self:
        """Read an INVITE. What cannot be read is passed over: it makes no call wrong."""
        asserted = _addresses(invite, "P-Asserted-Identity") or _remote_parties(invite)
        diverted = _diversions(invite) or _history(invite)
        return cls(
            Person.of(invite.from_),
            Person.of(asserted[0]) if asserted else None,
            tuple(diverted[:MAXIMUM_DIVERSIONS]),
        )

    def shown(self, *, trusted: bool) -> Person:
        """Whom to show as the caller; `trusted`: the call comes from a server of our own."""
        return self.asserted if trusted and self.asserted is not None else self.claimed


def _addresses(invite: Request, header: str) -> list[NameAddress]:
    found = []
    for value in invite.headers.get_all(header)[:_MAXIMUM_VALUES]:
        try:
            found.append(NameAddress.parse(value))
        except MalformedHeader:
            continue
    return found


def _remote_parties(invite: Request) -> list[NameAddress]:
    """The caller, where a server tells it in the old way (draft-ietf-sip-privacy-04)."""
    return [
        each
        for each in _addresses(invite, "Remote-Party-ID")
        if (each.parameters.get("party") or "calling").lower() == "calling"
    ]


def _diversions(invite: Request) -> list[Diverted]:
    return [
        Diverted(Person.of(each), _printable(each.parameters.get("reason") or "", LONGEST_NAME))
        for each in _addresses(invite, "Diversion")
    ]


def _history(invite: Request) -> list[Diverted]:
    """Everyone but the last, who is the one that the call was sent to in the end (RFC 7044 §5)."""
    entries = _addresses(invite, "History-Info")[:-1]
    return [Diverted(Person.of(each), _reason_in(each)) for each in reversed(entries)]


def _reason_in(entry: NameAddress) -> str:
    headers = entry.uri.headers if isinstance(entry.uri, SipUri) else ()
    values = tuple(unquote(value) for name, value in headers if name.lower() == "reason")
    reason = first_reason(values)
    return "" if reason is None else _printable(str(reason), LONGEST_NAME)


def _printable(text: str, longest: int) -> str:
    """Cut, and without what could take over a terminal or break a page."""
    return "".join(each if each.isprintable() else _HIDDEN for each in text[:longest])
