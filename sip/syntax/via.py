"""Via: the way a request has come and its answer goes back (RFC 3261 §20.42, RFC 3581)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Self

from sip.errors import MalformedHeader
from sip.syntax.grammar import HOST, TOKEN, shown
from sip.syntax.parameters import NO_PARAMETERS, Parameters

MAGIC_COOKIE: Final = "z9hG4bK"
"""Start of a branch that its maker promises to be unique (RFC 3261 §8.1.1.7)."""

_VIA: Final = re.compile(
    rf"[ \t]*SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*({TOKEN})[ \t]+"
    rf"({HOST})(?:[ \t]*:[ \t]*([0-9]{{1,5}}))?[ \t]*",
    re.IGNORECASE,
)
_HIGHEST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class Via:
    """One hop. `transport` is in upper case, known here or not; `host` has no brackets."""

    transport: str
    host: str
    port: int | None = None
    parameters: Parameters = NO_PARAMETERS

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one value.

        Raises:
            MalformedHeader: another protocol than SIP/2.0, no sent-by, or broken parameters.
        """
        found = _VIA.match(text)
        if found is None:
            raise MalformedHeader(f"{shown(text)} is no SIP/2.0/TRANSPORT host")
        transport, host, port_digits = found.groups()
        port = None if port_digits is None else int(port_digits)
        if port is not None and port > _HIGHEST_PORT:
            raise MalformedHeader(f"{shown(text)}: port {port} is above {_HIGHEST_PORT}")
        return cls(transport.upper(), host.strip("[]"), port, Parameters.parse(text[found.end() :]))

    @property
    def branch(self) -> str:
        """The transaction's identifier, or an empty string where an old client left it out."""
        return self.parameters.get("branch") or ""

    @property
    def has_unique_branch(self) -> bool:
        """Whether the branch alone names the transaction (RFC 3261 §17.2.3).

        The bare cookie with nothing after it does not (RFC 4475 §3.2.1).
        """
        branch = self.branch
        return len(branch) > len(MAGIC_COOKIE) and branch.lower().startswith(MAGIC_COOKIE.lower())

    @property
    def received(self) -> str | None:
        """The address that the server saw, without the brackets that some put (RFC 5118 §4.5)."""
        received = self.parameters.get("received")
        return received.strip("[]") if received else None

    @property
    def rport(self) -> int | None:
        """The port that the server saw; None where it is only asked for, absent or no port."""
        digits = self.parameters.get("rport") or ""
        if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(_HIGHEST_PORT))):
            return None
        return int(digits) if int(digits) <= _HIGHEST_PORT else None

    def with_received(self, address: str, port: int) -> Self:
        """The same as a server notes where the request came from.

        `received` is written where the client asked for `rport`, which is filled in as well
        (RFC 3581 §4), or where sent-by is not the source address (RFC 3261 §18.2.1).
        """
        if "rport" in self.parameters:
            noted = self.parameters.with_value("received", address).with_value("rport", str(port))
            return replace(self, parameters=noted)
        if self.host.lower() == address.lower():
            return self
        return replace(self, parameters=self.parameters.with_value("received", address))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/2.0/{self.transport} {host}{port}{self.parameters}"
