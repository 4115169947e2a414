"""A certificate authority for the tests, and the certificates that it issues."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LIFETIME = timedelta(days=365)
ALREADY_VALID_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Authority:
    """Issues certificates; `path` is its own, for those who shall trust it."""

    path: Path
    _certificate: x509.Certificate
    _key: ec.EllipticCurvePrivateKey

    @classmethod
    def found(cls, folder: Path, name: str = "Authority of the tests") -> "Authority":
        """Make a new one, with its certificate in a new folder."""
        folder.mkdir()
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _common_name(name)
        certificate = (
            _valid_now(subject, subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        path = folder / "authority.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return cls(path, certificate, key)

    def issue(self, *names: str) -> Path:
        """A PEM file with the key, the certificate for these domains and addresses, and ours.

        The key is in a file of its own as well, named `.key`.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _valid_now(_common_name(names[0]), self._certificate.subject, key.public_key())
            .add_extension(x509.SubjectAlternativeName([_alternative(n) for n in names]), False)
            .sign(self._key, hashes.SHA256())
        )
        path = self.path.with_name(f"{names[0]}.pem")
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.with_suffix(".key").write_bytes(secret)
        shown = certificate.public_bytes(serialization.Encoding.PEM)
        path.write_bytes(secret + shown + self.path.read_bytes())
        return path


def _common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _valid_now(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - ALREADY_VALID_FOR)
        .not_valid_after(now + LIFETIME)
    )
