"""A certificate authority for the tests, and the certificates that it issues."""

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sip.transport.tls_profile import CertificateFiles

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @cached_property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def kept(self, folder: Path, name: str) -> CertificateFiles:
        """Both as files."""
        files = CertificateFiles(folder / f"{name}.pem", folder / f"{name}.key")
        files.chain.write_bytes(self.pem)
        files.key.write_bytes(self.key_pem)
        return files


class Authority:
    """A CA."""

    def __init__(self, name: str) -> None:
        self.name = _common_name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = (
            _builder(self._key, self.name, days=(-1, 3650))
            .issuer_name(self.name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        """For those who shall trust it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @classmethod
    def kept(cls, folder: Path, name: str = "ca") -> tuple[Self, Path]:
        """One with its certificate in a file."""
        authority = cls(name)
        path = folder / f"{name}.pem"
        path.write_bytes(authority.pem)
        return authority, path

    def issue(
        self,
        *,
        uris: Sequence[str] = (),
        dns: Sequence[str] = (),
        addresses: Sequence[str] = (),
        common_name: str = "somebody",
        days: tuple[float, float] = (-1, 90),
        client: bool = True,
    ) -> Issued:
        """A certificate with these alternative names; valid from and until so many days from now.

        It has no subjectAltName at all where there are none.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(key, _common_name(common_name), days).issuer_name(self.name)
        names = [
            *map(x509.UniformResourceIdentifier, uris),
            *map(x509.DNSName, dns),
            *(x509.IPAddress(ipaddress.ip_address(each)) for each in addresses),
        ]
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH][: 1 + client]
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        return Issued(builder.sign(self._key, hashes.SHA256()), key)


@dataclass(frozen=True, slots=True)
class AuthorityFolder:
    """A folder with what an authority has issued; `path` is its own certificate."""

    path: Path
    _authority: Authority

    @classmethod
    def found(cls, folder: Path, name: str = "authority") -> Self:
        """Make a new authority and a new folder."""
        folder.mkdir()
        authority, path = Authority.kept(folder, name)
        return cls(path, authority)

    def issue(self, *names: str) -> Path:
        """A PEM file with the key, the certificate for these domains and addresses, and the CA's.

        The key is in a file of its own as well, named `.key`.
        """
        addresses = [name for name in names if _is_address(name)]
        domains = [name for name in names if name not in addresses]
        issued = self._authority.issue(dns=domains, addresses=addresses, common_name=names[0])
        path = issued.kept(self.path.parent, names[0]).chain
        path.write_bytes(issued.key_pem + issued.pem + self._authority.pem)
        return path


def self_signed(common_name: str, *, days: tuple[float, float] = (-1, 90)) -> Issued:
    """A server's own certificate, which no CA stands behind."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _common_name(common_name)
    builder = _builder(key, name, days).issuer_name(name)
    return Issued(builder.sign(key, hashes.SHA256()), key)


def _common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _builder(
    key: ec.EllipticCurvePrivateKey, name: x509.Name, days: tuple[float, float]
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    begin, end = (now + each * DAY for each in days)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
