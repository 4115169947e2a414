"""Certificates that tests make for themselves."""

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
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        now = _now()
        self.certificate = (
            x509.CertificateBuilder(self.name, self.name, self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + 3650 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @classmethod
    def kept(cls, folder: Path, name: str = "ca") -> tuple[Self, Path]:
        """One with its certificate in a file."""
        authority = cls(name)
        path = folder / f"{name}.pem"
        path.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
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
        builder = _builder(key, common_name, days).issuer_name(self.name)
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


def self_signed(common_name: str, *, days: tuple[float, float] = (-1, 90)) -> Issued:
    """A server's own certificate, which no CA stands behind."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(key, common_name, days)
    builder = builder.issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
    return Issued(builder.sign(key, hashes.SHA256()), key)


def _builder(
    key: ec.EllipticCurvePrivateKey, common_name: str, days: tuple[float, float]
) -> x509.CertificateBuilder:
    begin, end = (_now() + each * DAY for each in days)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
