"""What a person wants to know of a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import AwareDatetime, BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Iterable


class CertificateFacts(BaseModel):
    """One certificate."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    subject: str
    """Whose it is (RFC 4514)."""
    issuer: str
    """Who vouches for it."""
    names: tuple[str, ...]
    """Domains and addresses for which it counts."""
    not_before: AwareDatetime
    not_after: AwareDatetime
    key: str
    """`EC P-256`, `RSA 2048` and the like."""
    sha256: str
    """Fingerprint: pairs of hexadecimal digits, with colons between."""
    is_ca: bool
    """Whether it may vouch for others."""
    self_signed: bool


def facts_of(certificate: x509.Certificate) -> CertificateFacts:
    """What `certificate` says."""
    digest = certificate.fingerprint(hashes.SHA256())
    return CertificateFacts(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        names=tuple(_names(certificate)),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key=_kind_of_key(certificate),
        sha256=digest.hex(":").upper(),
        is_ca=_is_ca(certificate),
        self_signed=certificate.issuer == certificate.subject,
    )


def _names(certificate: x509.Certificate) -> Iterable[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return []
    domains = found.value.get_values_for_type(x509.DNSName)
    return [*domains, *map(str, found.value.get_values_for_type(x509.IPAddress))]


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return found.value.ca


def _kind_of_key(certificate: x509.Certificate) -> str:
    match certificate.public_key():
        case rsa.RSAPublicKey() as key:
            return f"RSA {key.key_size}"
        case ec.EllipticCurvePublicKey() as key:
            return f"EC P-{key.curve.key_size}"
        case key:
            return type(key).__name__.strip("_").removesuffix("PublicKey")
