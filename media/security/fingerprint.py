"""Fingerprints of certificates in a description: `a=fingerprint` (RFC 8122 §5)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

HASHES: Final = {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
"""By their names in descriptions, the strongest last. SHA-1 and MD5 prove nothing any more."""
MOST_FINGERPRINTS: Final = 8
"""Of one description that are looked at."""

_HEX_PAIRS: Final = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})*")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The hash of a certificate in DER, and of which kind it is."""

    hash: str
    """A name in HASHES."""
    digest: bytes

    @classmethod
    def of(cls, certificate: bytes, hash_name: str = "sha-256") -> Self:
        """That of a certificate in DER."""
        return cls(hash_name, HASHES[hash_name](certificate).digest())

    @classmethod
    def parse(cls, value: str) -> Self | None:
        """Read what stands after `a=fingerprint:`; None for what is none, or proves nothing."""
        name, _, text = value.strip().partition(" ")
        make = HASHES.get(name.lower())
        if make is None or not _HEX_PAIRS.fullmatch(text.strip()):
            return None
        digest = bytes.fromhex(text.replace(":", ""))
        return cls(name.lower(), digest) if len(digest) == make().digest_size else None

    def __str__(self) -> str:
        return f"{self.hash} {self.digest.hex(':').upper()}"

    def is_of(self, certificate: bytes) -> bool:
        """Whether this is the fingerprint of a certificate in DER."""
        return hmac.compare_digest(self.digest, HASHES[self.hash](certificate).digest())


def fingerprints(values: Iterable[str]) -> frozenset[Fingerprint]:
    """The fingerprints of a description that count: those of the strongest hash (RFC 8122 §5).

    Several of one hash are those of several certificates, of which the peer may use any.
    """
    known = [each for each in map(Fingerprint.parse, list(values)[:MOST_FINGERPRINTS]) if each]
    strongest = max((list(HASHES).index(each.hash) for each in known), default=0)
    return frozenset(each for each in known if each.hash == list(HASHES)[strongest])
