"""What a client answers: Authorization and Proxy-Authorization (RFC 3261 §20.7, RFC 7616 §3.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote_to_bytes

from sip.authentication.auth_params import needed, parse_digest, write_auth_params
from sip.authentication.digest import Algorithm, Qop, Terms
from sip.errors import MalformedHeader
from sip.syntax.grammar import shown

_NONCE_COUNT: Final = re.compile(r"[0-9A-Fa-f]{8}")
_EXTENDED: Final = re.compile(
    r"UTF-8'[A-Za-z0-9\-]*+'((?:[A-Za-z0-9!#$&+\-.^_`|~]|%[0-9A-Fa-f]{2})*+)",
    re.IGNORECASE | re.ASCII,
)
"""`UTF-8''J%C3%A4s` (RFC 5987 §3.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The credentials of one request for one realm."""

    username: str
    """The name, or its hash where `userhash` is true."""

    realm: str
    nonce: str
    uri: str
    response: str
    """The digest, in hexadecimal digits of either case."""

    algorithm_name: str = ""
    """As it was spelled; empty where it was left out, which means MD5."""

    opaque: str | None = None
    qop_name: str = ""
    cnonce: str = ""
    nc: str = ""
    """Eight hexadecimal digits where there is a `qop`, else empty."""

    userhash: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one value of the header field.

        Raises:
            MalformedHeader: the scheme is not Digest, the grammar is broken, something is missing
                that must be there, or the user is named twice.
        """
        values = parse_digest(text)
        nc = values.get("nc", "")
        if nc and not _NONCE_COUNT.fullmatch(nc):
            raise MalformedHeader(f"nc {shown(nc)} is not eight hexadecimal digits")
        qop_name = values.get("qop", "")
        if qop_name and not (nc and values.get("cnonce")):
            raise MalformedHeader(f"qop {shown(qop_name)} without nc or cnonce")
        return cls(
            username=_username(values),
            realm=needed(values, "realm"),
            nonce=needed(values, "nonce"),
            uri=needed(values, "uri"),
            response=needed(values, "response"),
            algorithm_name=values.get("algorithm", ""),
            opaque=values.get("opaque"),
            qop_name=qop_name,
            cnonce=values.get("cnonce", ""),
            nc=nc,
            userhash=values.get("userhash", "").lower() == "true",
        )

    @property
    def terms(self) -> Terms | None:
        """What was agreed on; None when its algorithm or `qop` is unknown to us."""
        algorithm = Algorithm.named(self.algorithm_name)
        qop = next((qop for qop in Qop if qop.value == self.qop_name.lower()), None)
        if algorithm is None or (self.qop_name and qop is None):
            return None
        return Terms(algorithm, self.realm, self.nonce, qop, self.cnonce, self.nc)

    def __str__(self) -> str:
        quoted = [
            ("username", self.username),
            ("realm", self.realm),
            ("nonce", self.nonce),
            ("uri", self.uri),
            ("response", self.response),
        ]
        if self.cnonce:
            quoted.append(("cnonce", self.cnonce))
        if self.opaque is not None:
            quoted.append(("opaque", self.opaque))
        bare = [("algorithm", self.algorithm_name), ("qop", self.qop_name), ("nc", self.nc)]
        bare.append(("userhash", "true" if self.userhash else ""))
        return f"Digest {write_auth_params(quoted, [item for item in bare if item[1]])}"


def _username(values: dict[str, str]) -> str:
    """The user, who may be named by `username*` (RFC 7616 §3.4), but not twice."""
    if "username*" not in values:
        return needed(values, "username")
    if "username" in values:
        raise MalformedHeader("username and username* exclude each other")
    extended = _EXTENDED.fullmatch(values["username*"])
    if extended is None:
        raise MalformedHeader(f"username* {shown(values['username*'])} is not UTF-8''…")
    try:
        return unquote_to_bytes(extended[1]).decode()
    except UnicodeDecodeError as error:
        raise MalformedHeader(f"username* {shown(extended[1])} is no UTF-8") from error
