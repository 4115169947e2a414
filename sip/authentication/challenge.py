"""What a server asks: WWW-Authenticate and Proxy-Authenticate (RFC 3261 §20.44, RFC 7616 §3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from sip.authentication.auth_params import bounded, needed, parse_digest, write_auth_params
from sip.authentication.digest import Algorithm, Qop


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A Digest challenge. Names that we do not know are kept: only who answers must know them."""

    realm: str
    nonce: str
    opaque: str | None = None
    """To be sent back as it is, an empty one too."""

    algorithm_name: str = ""
    """As it was spelled; empty where it was left out, which means MD5."""

    qop_names: tuple[str, ...] = ()
    """In lower case; empty: a server of RFC 2069."""

    stale: bool = False
    """The password was right, but the nonce was too old (RFC 7616 §3.3)."""

    userhash: bool = False
    """The server finds the user by the hash of the name, too (RFC 7616 §3.4.4)."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one value of the header field.

        Raises:
            MalformedHeader: the scheme is not Digest, the grammar is broken, the value is too long,
                or realm or nonce is missing.
        """
        values = parse_digest(bounded(text))
        return cls(
            realm=needed(values, "realm"),
            nonce=needed(values, "nonce"),
            opaque=values.get("opaque"),
            algorithm_name=values.get("algorithm", ""),
            qop_names=tuple(values.get("qop", "").lower().replace(",", " ").split()),
            stale=values.get("stale", "").lower() == "true",
            userhash=values.get("userhash", "").lower() == "true",
        )

    @property
    def algorithm(self) -> Algorithm | None:
        """None: one that we do not know."""
        return Algorithm.named(self.algorithm_name)

    @property
    def qop(self) -> Qop | None:
        """The one to answer with; None where none is offered, or none that we know.

        The body is left out where the server lets us choose: what stands between us may rewrite an
        SDP body, and does so more often than it attacks one.
        """
        return next((qop for qop in Qop if qop.value in self.qop_names), None)

    @property
    def answerable(self) -> bool:
        """Whether we know its algorithm and, if it asks for any `qop`, one of them."""
        return self.algorithm is not None and (self.qop is not None or not self.qop_names)

    def __str__(self) -> str:
        quoted = [("realm", self.realm), ("nonce", self.nonce)]
        if self.opaque is not None:
            quoted.append(("opaque", self.opaque))
        if self.qop_names:
            quoted.append(("qop", ",".join(self.qop_names)))
        bare = [("algorithm", self.algorithm_name)] if self.algorithm_name else []
        bare += [(name, "true") for name in ("stale", "userhash") if getattr(self, name)]
        return f"Digest {write_auth_params(quoted, bare)}"
