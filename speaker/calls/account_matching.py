"""Which account a call is for, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sip.syntax.uri import SipUri

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conf.settings import AccountSettings
    from sip.session.events import IncomingCall


@dataclass(frozen=True, slots=True)
class AccountMatch:
    """The account of a call. What differs between accounts (answering, keys) is this one's."""

    account: AccountSettings
    from_server: bool
    """The call came from a server of this account, and not directly from whoever calls."""

    why: str
    """How it was found, for the log."""


def match_account(call: IncomingCall, accounts: Sequence[AccountSettings]) -> AccountMatch | None:
    """The active account that a call is for; None where no account takes it.

    A call to the Contact that an account has registered is for that account. Else the user in the
    Request-URI decides, which phones that call directly dial. Of several accounts with that user
    (the same extension of two PBXs) it is the one from whose server the call came, then the one
    whose domain was called, then the one of the call's transport. A user that nobody has is no
    obstacle: PBXs and trunks call by outside numbers, and phones by whatever stands before the
    address. Then it is the account of the server that the call came from, else one that is called
    by any name, else the default one.
    """
    active = [account for account in accounts if account.active]
    uri = call.request.uri
    user = uri.decoded_user if isinstance(uri, SipUri) else ""
    registered = [account for account in active if account.id == call.registered_contact]
    named = [account for account in active if user and account.user_id == user]
    served = [account for account in active if account.id in call.from_servers_of]
    open_to_all = [
        account for account in active if account.mode == "peer_to_peer" and not account.user_id
    ]
    default = [account for account in active if account.default]
    for found, why in (
        (registered, "its registered address was called"),
        (named, f"{user!r} was called"),
        (served, "it comes from the account's server"),
        (open_to_all, "it was called directly"),
        (default, "it is the default account"),
    ):
        if found:
            account = max(found, key=lambda each: _fit(each, call))
            return AccountMatch(account, account.id in call.from_servers_of, why)
    return None


def _fit(account: AccountSettings, call: IncomingCall) -> tuple[bool, bool, bool, bool]:
    """How well an account fits, as against others that are found in the same way."""
    uri = call.request.uri
    host = uri.host.lower() if isinstance(uri, SipUri) else ""
    return (
        account.id in call.from_servers_of,
        bool(account.domain) and account.domain.strip("[]").lower() == host,
        account.transport == call.flow.transport.value.lower(),
        account.default,
    )
