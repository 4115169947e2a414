"""What a server says afterwards: Authentication-Info (RFC 3261 §20.6, RFC 7616 §3.5, RFC 7615)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from typing import Self

from sip.authentication.auth_params import bounded, parse_auth_params
from sip.authentication.authorization import Authorization
from sip.authentication.credentials import Credentials
from sip.authentication.digest import Qop, server_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationInfo:
    """Comes with a response to credentials that were right. What is not said is empty."""

    nextnonce: str = ""
    rspauth: str = ""
    """The server's own digest, in hexadecimal digits of either case."""

    qop_name: str = ""
    cnonce: str = ""
    nc: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value of the header field.

        Raises:
            MalformedHeader: the grammar is broken, or the value is too long.
        """
        values = parse_auth_params(bounded(text))
        return cls(
            nextnonce=values.get("nextnonce", ""),
            rspauth=values.get("rspauth", ""),
            qop_name=values.get("qop", ""),
            cnonce=values.get("cnonce", ""),
            nc=values.get("nc", ""),
        )

    def proves(self, sent: Authorization, credentials: Credentials, body: bytes) -> bool:
        """Whether `rspauth` is what only somebody with the password can say to what we `sent`.

        `body` is the response's, which counts if the server says so by its `qop`.
        """
        terms = sent.terms
        if terms is None or self.cnonce not in ("", sent.cnonce):
            return False
        if self.nc and self.nc.lower() != sent.nc.lower():
            return False
        if self.qop_name and terms.qop is not None:
            named = next((qop for qop in Qop if qop.value == self.qop_name.lower()), None)
            if named is None:
                return False
            terms = replace(terms, qop=named)
        expected = server_digest(terms, credentials.username, credentials.password, sent.uri, body)
        theirs = self.rspauth.lower().encode("utf-8", "surrogateescape")
        return hmac.compare_digest(expected.encode(), theirs)
