"""What an installer tells the assistant, and the account that it makes of that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from conf.validation.problem import BadSettings, Problem
from conf.values.secret import HIDDEN, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sip.flow import Transport

Entry = dict[str, Any]
"""An account as the store takes it."""

PLACE: Final = ("mode", "registrar", "domain", "user_id", "authentication_id", "proxies")
"""What says to whom a password belongs: one that is kept goes nowhere else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known, and what is wished."""

    registrar: str = ""
    domain: str = ""
    user_id: str = ""
    password: Secret = field(default_factory=Secret)
    authentication_id: str = ""
    number: str = ""
    """Whom to call for a test; empty: nobody."""
    transport: Transport | None = None
    """The only one that may be used; None: any."""
    trusted_certificates: tuple[str, ...] | None = None
    """None: as the account has it."""
    accepted: str = ""
    """Fingerprint of a certificate that is accepted though nobody vouches for it."""
    save: bool = False
    account: str = ""
    """Id of the account that is set up; empty: the one of this user there, or a new one."""
    name: str | None = None
    default: bool = False

    @property
    def is_direct(self) -> bool:
        """Whether there is no server: calls are peer-to-peer."""
        return not self.registrar and not self.domain


@dataclass(frozen=True, slots=True)
class Draft:
    """All accounts, with the one that is set up among them."""

    entries: list[Entry]
    id: str
    is_new: bool

    @property
    def entry(self) -> Entry:
        """The account that is set up."""
        return next(each for each in self.entries if each["id"] == self.id)

    def settled(self, works: Mapping[str, object]) -> list[Entry]:
        """All accounts, once it is known what works."""
        return [{**each, **works} if each["id"] == self.id else each for each in self.entries]


def draft(accounts: Sequence[Entry], facts: Facts) -> Draft:
    """Put the account of `facts` among `accounts`, whose secrets are hidden.

    Raises:
        BadSettings: the password that is kept belongs to another server or user.
    """
    account = facts.account or _known(accounts, facts) or _free(accounts, facts)
    before = next((each for each in accounts if each["id"] == account), None)
    entry: Entry = {"id": account} if before is None else dict(before)
    entry |= {
        "active": True,
        "mode": "peer_to_peer" if facts.is_direct else "registered",
        "user_id": facts.user_id,
        "registrar": facts.registrar,
        "domain": facts.domain,
        "authentication_id": facts.authentication_id,
        "verify_server_certificate": True,
    }
    if facts.is_direct:
        entry |= {"secondary_server": ""}
    if facts.name is not None:
        entry["name"] = facts.name
    if facts.trusted_certificates is not None:
        entry["trusted_certificates"] = list(facts.trusted_certificates)
    if facts.default:
        entry["default"] = True
    entry["password"] = _password(before, entry, facts)
    others = (
        {**each, "default": False} if facts.default and each["id"] != account else each
        for each in accounts
    )
    entries = [entry if each["id"] == account else each for each in others]
    return Draft(entries if before is not None else [*entries, entry], account, before is None)


def _known(accounts: Iterable[Entry], facts: Facts) -> str:
    """The account that is this user there already; a peer-to-peer one is taken for any."""
    for each in accounts:
        if facts.is_direct:
            if each["mode"] == "peer_to_peer" and each["user_id"] in ("", facts.user_id):
                return str(each["id"])
        elif each["mode"] == "registered" and each["user_id"] == facts.user_id:
            place = (each["registrar"], each["domain"])
            if place == (facts.registrar, facts.domain):
                return str(each["id"])
    return ""


def _free(accounts: Iterable[Entry], facts: Facts) -> str:
    """An id that nobody has."""
    taken = {each["id"] for each in accounts}
    base = "peer_to_peer" if facts.is_direct else "pbx"
    names = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _password(before: Entry | None, entry: Entry, facts: Facts) -> str:
    if facts.password:
        return facts.password.reveal()
    if before is None or not before["password"]:
        return ""
    if facts.is_direct and not entry["proxies"]:
        return ""
    if any(before[key] != entry[key] for key in PLACE):
        rule = "is needed: the one that is kept belongs to another server or user"
        raise BadSettings([Problem("password", "", rule)])
    return HIDDEN
