"""What names, passwords and comments of accounts may be (the product's System settings)."""

import re
from datetime import datetime
from typing import Final

from conf.accounts.account_error import BadAccount

MAXIMUM_ACCOUNTS: Final = 100
LONGEST_PASSWORD: Final = 64
LONGEST_COMMENT: Final = 128

LATEST_S: Final = 253_402_300_799
"""The end of the year 9999: nothing later can be told as a date."""

NAME: Final = re.compile(r"[A-Za-z0-9]{1,14}")
_PASSWORD: Final = re.compile(rf"[\x20-\x7e]{{1,{LONGEST_PASSWORD}}}")
_COMMENT: Final = re.compile(rf"[^\x00-\x1f\x7f]{{0,{LONGEST_COMMENT}}}")


def check_name(name: str) -> None:
    """Raise BadAccount unless an account may be called this."""
    if NAME.fullmatch(name) is None:
        raise BadAccount(f"{name[:32]!r} is not a name of 1 to 14 letters a-z, A-Z and digits")


def may_be_password(text: str) -> bool:
    """Whether an account could have this password."""
    return _PASSWORD.fullmatch(text) is not None


def check_password(password: str) -> None:
    """Raise BadAccount, which does not repeat it, unless this may be a password."""
    if not may_be_password(password):
        raise BadAccount(
            f"the password is not 1 to {LONGEST_PASSWORD} printable ASCII characters"
            " (codes 32 to 126)"
        )


def check_comment(comment: str) -> None:
    """Raise BadAccount unless this may be said of an account."""
    if _COMMENT.fullmatch(comment) is None:
        raise BadAccount(
            f"the comment is not at most {LONGEST_COMMENT} characters without controls"
        )


def seconds_since_1970(at: datetime) -> int:
    """`at`, which has a zone, as it is kept.

    Raises:
        BadAccount: it cannot be told in UTC.
    """
    seconds = int(at.timestamp())
    if not 0 <= seconds <= LATEST_S:
        raise BadAccount(f"{at.isoformat()!r} is outside of the years 1970 to 9999 in UTC")
    return seconds
