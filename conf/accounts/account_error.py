"""What can be wrong with a change of accounts or tokens.

AccountError                the message is one sentence for whoever asked
├── BadAccount              a name, password, comment or role breaks a rule
├── AccountExists           there is one of this name
├── NoSuchAccount           there is none
├── TooManyAccounts         there is no room for another
├── AccountNeeded           it is the last administrator, or cannot be deleted at all
└── AlreadySetUp            there is an administrator: nobody can make himself the first one
"""


class AccountError(Exception):
    """The change is refused, and nothing has changed."""


class BadAccount(AccountError):
    """A name, password, comment or role breaks a rule."""


class AccountExists(AccountError):
    """There is already one of this name."""


class NoSuchAccount(AccountError):
    """There is none of this name."""


class TooManyAccounts(AccountError):
    """There is no room for another."""


class AccountNeeded(AccountError):
    """Without this account, or this role of it, nobody could administer the device."""


class AlreadySetUp(AccountError):
    """There is an administrator."""
