"""How TLS is to be spoken: with which certificate, which versions, and whom it believes."""

import enum
from dataclasses import dataclass
from pathlib import Path


class TlsVersion(enum.Enum):
    """Which versions are offered. Nothing older than 1.2 is ever spoken (RFC 8996)."""

    AUTO = "auto"
    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """A certificate of ours in PEM. The files are read again when they have changed."""

    chain: Path
    """The certificate, followed by those between it and its CA."""

    key: Path
    """Its private key, not encrypted; may be the same file."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, each once."""
        return (self.chain,) if self.key == self.chain else (self.chain, self.key)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerProfile:
    """What those find who connect to us."""

    certificate: CertificateFiles
    trusted: tuple[Path, ...] = ()
    """CA files. Where there are any, callers are asked for a certificate: one from these CAs proves
    who they are, one from elsewhere ends the connection, and none is no offence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientProfile:
    """How one account opens its connections."""

    version: TlsVersion = TlsVersion.AUTO
    certificate: CertificateFiles | None = None
    """Shown to servers that ask for one."""

    verify: bool = True
    """Whether the server has to prove that it is who it should be. Off, anybody on the way can
    listen in."""

    trusted: tuple[Path, ...] = ()
    """PEM files of CAs, and of servers' own certificates, that are believed in place of the CAs
    that the system knows. A server that shows one of these very certificates needs no name in it:
    whoever listed it meant that server."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files that it names."""
        own = () if self.certificate is None else self.certificate.paths
        return (*own, *self.trusted)


NO_ACCOUNT = ClientProfile()
"""For requests that belong to no account: the system's CAs decide."""
