"""Where a 3xx sends a request of ours (RFC 3261 §8.1.3.4)."""

from typing import Final

from sip.errors import MalformedHeader
from sip.syntax.address import NameAddress
from sip.syntax.message import Response
from sip.syntax.uri import OpaqueUri, SipUri

MAXIMUM_DEPTH: Final = 5
"""How many redirections may follow one another."""

MAXIMUM_CONTACTS: Final = 10
"""How many addresses one request is sent to in all, because of redirections."""


class Redirection:
    """The addresses that a request has been sent on to, and those that it has not tried yet."""

    def __init__(self, uri: SipUri | OpaqueUri) -> None:
        self._secure = uri.scheme == "sips"
        self._seen = [uri]
        self._untried: list[tuple[float, int, SipUri]] = []  # by quality, then by age
        self._depth = 0

    def take(self, response: Response) -> None:
        """Note the contacts of a 3xx.

        Not those that have been tried, nor `sip:` ones where `sips:` was asked for (§8.1.3.4), nor
        anything beyond the limits.
        """
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            return
        try:
            contacts = response.contacts
        except MalformedHeader:
            return
        for contact in contacts:
            uri = contact.uri
            if not isinstance(uri, SipUri) or (self._secure and uri.scheme != "sips"):
                continue
            if any(uri.matches(seen) for seen in self._seen):
                continue
            if len(self._seen) > MAXIMUM_CONTACTS:
                return
            self._seen.append(uri)
            self._untried.append((-_quality(contact), len(self._seen), uri))
        self._untried.sort(key=lambda entry: entry[:2])

    def next(self) -> SipUri | None:
        """The next address to try; None: there is none."""
        return self._untried.pop(0)[2] if self._untried else None


def _quality(contact: NameAddress) -> float:
    """`q` of a Contact, 0 to 1 (§20.10); what cannot be read counts as if it were not there."""
    text = contact.parameters.get("q") or ""
    if not text.replace(".", "", 1).isdecimal() or not text.isascii():
        return 1.0
    return min(float(text), 1.0)
