"""Somebody who may use the device, as it is kept."""

from dataclasses import dataclass, field

from conf.accounts.digest_keys import DigestKeys
from conf.accounts.password_hash import PasswordHash
from conf.accounts.role import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAccount:
    """A name, what may be done under it, and what proves that somebody knows its password."""

    name: str
    role: Role
    comment: str = ""
    ptz: bool = False
    """Whether the account is in the group `ptz` of VAPIX, which means nothing to a speaker."""
    stamp: str = ""
    """Another one after each change of password or role: what was proved before is void."""
    password_hash: PasswordHash = field(repr=False)
    digest_keys: DigestKeys | None = field(repr=False)
    """None: they were lost with the key file; the next login by password makes new ones."""
