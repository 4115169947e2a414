"""What of a password suffices for HTTP Digest: H(A1) (RFC 7616 §3.4.2).

Whoever has it can log in by Digest, so it is as secret as the password; it is good for one realm.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class DigestKeys:
    """The keys of one account for one realm, in hexadecimal digits."""

    realm: str
    md5: str = field(repr=False)
    sha_256: str = field(repr=False)

    @classmethod
    def of(cls, name: str, realm: str, password: str) -> Self:
        """The keys of somebody with this password."""
        a1 = f"{name}:{realm}:{password}".encode()
        # MD5 secures little by now, but it is the only one that VAPIX clients know.
        md5 = hashlib.md5(a1, usedforsecurity=False).hexdigest()
        return cls(realm, md5, hashlib.sha256(a1).hexdigest())

    @classmethod
    def parse(cls, realm: str, text: str) -> Self:
        """Read what `text` gave.

        Raises:
            ValueError: it is something else.
        """
        md5, sha_256 = text.split(":")
        return cls(realm, md5, sha_256)

    @property
    def text(self) -> str:
        """Both keys, to be sealed and kept."""
        return f"{self.md5}:{self.sha_256}"
