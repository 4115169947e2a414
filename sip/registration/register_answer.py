"""What a registrar says in a 2xx to REGISTER (RFC 3261 §10.2.4, RFC 3608 §5, RFC 5626 §4.2.1)."""

from dataclasses import dataclass
from typing import Final, Self

from sip.errors import MalformedHeader
from sip.syntax.address import NameAddress
from sip.syntax.grammar import parse_number
from sip.syntax.message import Response
from sip.syntax.uri import SipUri

MAXIMUM_ROUTES: Final = 16
_HIGHEST_SECONDS: Final = 2**32 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAnswer:
    """The terms of a registration."""

    expires_s: int
    """How long it lasts."""

    service_routes: tuple[str, ...]
    """Where requests of ours go first, as values of Route."""

    flow_timer_s: int | None
    """After how long without a sign of life the server closes the flow; None: it does not say."""

    @classmethod
    def of(cls, response: Response, contact: SipUri, asked_s: int) -> Self:
        """Read a 2xx; `contact` is ours, `asked_s` the lifetime that was asked for.

        What cannot be read counts as if it were not there.
        """
        return cls(
            expires_s=_expires(response, contact, asked_s),
            service_routes=_service_routes(response),
            flow_timer_s=_number(response.headers.get("Flow-Timer")),
        )


def min_expires_s(response: Response) -> int | None:
    """The shortest lifetime that the sender of a 423 accepts (§10.2.8)."""
    return _number(response.headers.get("Min-Expires"))


def _expires(response: Response, contact: SipUri, asked_s: int) -> int:
    """Of our own Contact, or of all; a server that says nothing grants what was asked for."""
    try:
        contacts = response.contacts
    except MalformedHeader:
        contacts = ()
    ours = [each for each in contacts if _same(each.uri, contact)]
    if not ours and len(contacts) == 1:
        ours = list(contacts)  # a gateway on the way has put its own address there
    for each in ours:
        granted = _number(each.parameters.get("expires"))
        if granted is not None:
            return granted
    granted = _number(response.headers.get("Expires"))
    return asked_s if granted is None else granted


def _same(uri: object, ours: SipUri) -> bool:
    if not isinstance(uri, SipUri):
        return False
    line = ours.parameters.get("line")
    return uri.matches(ours) or (line is not None and uri.parameters.get("line") == line)


def _service_routes(response: Response) -> tuple[str, ...]:
    routes = response.headers.get_all("Service-Route")[:MAXIMUM_ROUTES]
    try:
        read = [NameAddress.parse(route) for route in routes]
    except MalformedHeader:
        return ()
    return tuple(str(route) for route in read if isinstance(route.uri, SipUri))


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return parse_number(text.strip(" \t"), _HIGHEST_SECONDS)
    except MalformedHeader:
        return None
