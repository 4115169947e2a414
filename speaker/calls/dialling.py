"""Whom people mean when they tell the speaker to call somebody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sip.errors import MalformedUri
from sip.syntax.uri import SipUri, parse_uri

if TYPE_CHECKING:
    from sip.account import Account

_SCHEME: Final = re.compile(r"sips?:", re.IGNORECASE)


def dialled(text: str, account: Account) -> SipUri:
    """The URI to call for what somebody has dialled on `account`.

    `sip:100@pbx.example` as it stands, `100@pbx.example` without its scheme, and `100`, which is
    an extension of the account's own domain. An account with `sips` calls by `sips:`.

    Raises:
        MalformedUri: it is none of these, or an extension on an account without a domain.
    """
    scheme = "sips" if account.sips else "sip"
    if _SCHEME.match(text):
        return _sip_uri(text)
    if "@" in text:
        return _sip_uri(f"{scheme}:{text}")
    if not text or ":" in text:
        raise MalformedUri(f"{text!r} is neither a sip: URI nor a number")
    own = account.address_of_record
    if own is None:
        raise MalformedUri(
            f"{text!r} has no address: account {account.id!r} has no domain, so call"
            f" {scheme}:{text}@ADDRESS"
        )
    return SipUri.for_user(text, own.host, own.port, scheme=scheme)


def first_hop(target: SipUri, account: Account) -> SipUri:
    """Where a call of the account goes first, as far as is known before it is registered."""
    if account.proxies:
        return account.proxies[0].uri
    own = account.address_of_record
    if account.registrar is not None and own is not None and target.host == own.host:
        return account.registrar
    return target


def _sip_uri(text: str) -> SipUri:
    uri = parse_uri(text)
    if not isinstance(uri, SipUri):
        raise MalformedUri(f"{text!r} is not a sip: URI")
    return uri
