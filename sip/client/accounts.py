"""The accounts of the user agent, and what was learnt about the servers of each.

Credentials leave us only towards an address that DNS, or the settings, name for one of the
account's own servers. This is what stands against the SIP digest leak: somebody calls, lets us
answer, challenges our BYE, and guesses the password off-line from what we send him. Our BYE went to
his address and not to a server's, so there is nothing for him.

What is beyond this: somebody who is called, or calls, through the account's server can have his own
challenge carried back by it. A server that authenticates its users must not pass challenges of
others for its own realm (RFC 3261 §22.3).
"""

from collections.abc import Callable, Iterable
from typing import Final

from sip.account import Account
from sip.client.keyring import Keyring
from sip.errors import MisuseError
from sip.flow import Address, Flow, Transport
from sip.ip_literal import ip_literal
from sip.location.effects import Target
from sip.syntax.uri import OpaqueUri, SipUri
from sip.syntax.via import Via

MAXIMUM_SERVERS: Final = 64
"""Addresses that are remembered as an account's own; the oldest give way."""

Server = tuple[bool, Address]
"""Whether it was spoken to by TLS, and where: a password for TLS must not be had without."""


class AccountContext:
    """One account and what was learnt for it."""

    def __init__(self, account: Account, token: Callable[[], str]) -> None:
        self.account = account
        self.keyring = Keyring(account, token)
        self._servers: dict[Server, None] = {}
        self._seen: dict[bool, Address] = {}  # by whether the transport is reliable

    def names(self, hop: SipUri | OpaqueUri) -> bool:
        """Whether `hop` is one of the account's servers, so that its addresses are as well."""
        return isinstance(hop, SipUri) and any(
            _place(hop) == _place(own) for own in self.account.servers
        )

    def proof_for(self, target: Target) -> str:
        """What the certificate of a target may name in place of `target.domain`; mostly nothing.

        Where a server of the account is written as an address it is the account's domain, which is
        whom its users mean (RFC 5922 §7.3).
        """
        record = self.account.address_of_record
        own = any(target.domain == each.host.lower() for each in self.account.servers)
        if not own or record is None or ip_literal(target.domain) is None:
            return ""
        return "" if ip_literal(record.host) is not None else record.host.lower()

    def note_servers(self, targets: Iterable[Target]) -> None:
        """Trust these addresses with the account's credentials."""
        for target in targets:
            server = _server(target.transport, target.address)
            self._servers.pop(server, None)
            self._servers[server] = None
        while len(self._servers) > MAXIMUM_SERVERS:
            del self._servers[next(iter(self._servers))]

    def trusts(self, flow: Flow) -> bool:
        """Whether what is sent by `flow` goes to one of the account's own servers."""
        return _server(flow.transport, flow.remote) in self._servers

    def serves(self, flow: Flow) -> bool:
        """Whether one of the account's servers is at the other end; no proof of who it is."""
        if self.trusts(flow):
            return True
        hosts = {address.host for _, address in self._servers}
        return flow.transport.reliable and flow.remote.host in hosts

    def seen_as(self, transport: Transport) -> Address | None:
        """Where the servers saw us, if that is another address than we know of."""
        return self._seen.get(transport.reliable)

    def learn(self, flow: Flow, sent: Via, answered: Via, local: Address) -> bool:
        """Take our address from `received` and `rport` of an answer; True if it is another now.

        `local` is what we would say without having learnt anything. Only the account's own servers
        are believed, as whoever names our address says where our calls go.
        """
        if not self.account.allow_via_rewrite or not self.trusts(flow):
            return False
        host = ip_literal(answered.received or sent.host)
        if host is None:
            return False
        port = answered.rport or sent.port or local.port
        seen = Address(host, port)
        before = self._seen.get(flow.transport.reliable)
        if seen == local or (flow.transport.reliable and host == local.host):
            self._seen.pop(flow.transport.reliable, None)
        else:
            self._seen[flow.transport.reliable] = seen
        return self._seen.get(flow.transport.reliable) != before

    def forget_address(self) -> None:
        """The network has changed: we are somewhere else."""
        self._seen.clear()


class Accounts:
    """All accounts by their id."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token
        self._contexts: dict[str, AccountContext] = {}

    def add(self, account: Account) -> None:
        """Take an account, in place of one with the same id."""
        self._contexts[account.id] = AccountContext(account, self._token)

    def remove(self, account: str) -> None:
        """Forget an account and its credentials; one that is not there is no error."""
        self._contexts.pop(account, None)

    def rename(self, account: str, key: str) -> None:
        """Keep an account under another name while one with its id takes its place."""
        self._contexts[key] = self._contexts.pop(account)

    def serving(self, flow: Flow) -> tuple[str, ...]:
        """The accounts that have a server where `flow` leads.

        A server opens connections of its own from whatever port, so there only its host counts.
        """
        return tuple(key for key, context in self._contexts.items() if context.serves(flow))

    def get(self, account: str) -> AccountContext | None:
        """What is known for the account with this id."""
        return self._contexts.get(account)

    def __getitem__(self, account: str) -> AccountContext:
        found = self._contexts.get(account)
        if found is None:
            raise MisuseError(f"there is no account {account!r}")
        return found

    def forget_addresses(self) -> None:
        """The network has changed: we are somewhere else."""
        for context in self._contexts.values():
            context.forget_address()


def _place(uri: SipUri) -> tuple[object, ...]:
    """All of a URI that has a say in where it leads."""
    named = (uri.parameters.get("transport"), uri.parameters.get("maddr"))
    return (uri.scheme, uri.host.lower(), uri.port, *named)


def _server(transport: Transport, address: Address) -> Server:
    return transport is Transport.TLS, address
