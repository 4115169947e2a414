"""Passwords as a hash that is slow to compute (scrypt, RFC 7914), for logins by the password.

Takes 30 to 60 ms and 16 MiB on a PC: never on the main loop's thread.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass
from secrets import token_bytes
from typing import Final, Self

LOG2_N: Final = 14
R: Final = 8
P: Final = 1
SALT_OCTETS: Final = 16
HASH_OCTETS: Final = 32
MOST_MEMORY: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """`scrypt$14$8$1$SALT$HASH`: with its costs, so that they can be raised later."""

    log2_n: int
    r: int
    p: int
    salt: bytes
    octets: bytes

    @classmethod
    def of(cls, password: str, salt: bytes | None = None) -> Self:
        """The hash of `password` under today's costs and a new salt. Slow."""
        salt = token_bytes(SALT_OCTETS) if salt is None else salt
        return cls(LOG2_N, R, P, salt, _scrypt(password, salt, LOG2_N, R, P))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote.

        Raises:
            ValueError: it is something else.
        """
        kind, *numbers, salt, octets = text.split("$")
        if kind != "scrypt":
            raise ValueError(f"{kind[:16]!r} is not scrypt")
        log2_n, r, p = map(int, numbers)
        return cls(log2_n, r, p, b64decode(salt), b64decode(octets))

    @property
    def is_usual(self) -> bool:
        """Whether it has the costs and lengths that are known here: others may cost anything."""
        costs = (self.log2_n, self.r, self.p) == (LOG2_N, R, P)
        return costs and (len(self.salt), len(self.octets)) == (SALT_OCTETS, HASH_OCTETS)

    def matches(self, password: str) -> bool:
        """Whether it is the hash of `password`. Slow."""
        found = _scrypt(password, self.salt, self.log2_n, self.r, self.p)
        return hmac.compare_digest(found, self.octets)

    def __str__(self) -> str:
        costs = f"{self.log2_n}${self.r}${self.p}"
        return f"scrypt${costs}${b64encode(self.salt).decode()}${b64encode(self.octets).decode()}"


NOBODYS: Final = PasswordHash(LOG2_N, R, P, token_bytes(SALT_OCTETS), token_bytes(HASH_OCTETS))
"""Matches no password, and takes as long to do so as that of an account."""


def _scrypt(password: str, salt: bytes, log2_n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=1 << log2_n, r=r, p=p, maxmem=MOST_MEMORY, dklen=HASH_OCTETS
    )
