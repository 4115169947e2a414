"""Certificates and keys in the forms that there are: PEM, DER (.cer) and PKCS #12 (.pfx)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from conf.certificates.folder import CertificateError

if TYPE_CHECKING:
    from conf.values.secret import Secret

SMALLEST_RSA_BITS: Final = 2048
"""What TLS of today takes (RFC 9325 §4.5)."""
LARGEST_RSA_BITS: Final = 8192
"""Each handshake costs a signature: with this one some 20 ms of the main loop's time."""
LONGEST_CHAIN: Final = 16
MOST_TRUSTED: Final = 512
"""Certificates in one file; the CAs that browsers know are about 150."""

CURVES: Final = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
"""Those that TLS stacks of phones and browsers have in common."""

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a file holds."""

    certificates: tuple[x509.Certificate, ...] = ()
    key: PrivateKey | None = None


def read_bundle(data: bytes, password: Secret) -> Bundle:
    """The certificates and the key in `data`, whichever form it has.

    Raises:
        CertificateError: it has none of the forms, or the password does not open it.
    """
    if b"-----BEGIN " in data:
        return _read_pem(data, password)
    try:
        return Bundle((x509.load_der_x509_certificate(data),))
    except ValueError:
        pass
    return _read_pkcs12(data, password)


def holds_certificates_only(data: bytes) -> bool:
    """Whether there is no key in `data`, so that reading it costs next to nothing."""
    if b"-----BEGIN " in data:
        return b"PRIVATE KEY-----" not in data
    try:
        x509.load_der_x509_certificate(data)
    except ValueError:
        return False
    return True


def _read_pem(data: bytes, password: Secret) -> Bundle:
    certificates: tuple[x509.Certificate, ...] = ()
    if b"-----BEGIN CERTIFICATE-----" in data:
        try:
            certificates = tuple(x509.load_pem_x509_certificates(data))
        except ValueError as error:
            raise CertificateError("a certificate in it is damaged") from error
    key = _read_pem_key(data, password) if b"PRIVATE KEY-----" in data else None
    if not certificates and key is None:
        raise CertificateError("there is neither a certificate nor a private key in it")
    return Bundle(certificates, key)


def _read_pem_key(data: bytes, password: Secret) -> PrivateKey:
    start = data.index(b"-----BEGIN ", max(0, data.index(b"PRIVATE KEY-----") - 40))
    block = data[start:]
    encrypted = b"ENCRYPTED" in block[: block.find(b"-----END ")]
    if encrypted and not password:
        raise CertificateError("the private key is encrypted; give its password")
    try:
        key = serialization.load_pem_private_key(
            block, password.reveal().encode() if encrypted else None
        )
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        why = "or its password is another one" if encrypted else "or of an unknown kind"
        raise CertificateError(f"the private key is damaged, {why}") from error
    return usable_key(key)


def _read_pkcs12(data: bytes, password: Secret) -> Bundle:
    secret = password.reveal().encode() if password else None
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CertificateError(
            "it is neither PEM, nor a certificate in DER (.cer), nor PKCS #12 (.pfx)"
            " that this password opens"
        ) from error
    if certificate is None and key is not None:
        raise CertificateError("there is a private key in it, and no certificate for it")
    chain = (*(() if certificate is None else (certificate,)), *others)
    return Bundle(chain, None if key is None else usable_key(key))


def usable_key(key: object) -> PrivateKey:
    """`key`, if TLS can use it.

    Raises:
        CertificateError: it is too short, or of a kind that phones and browsers do not know.
    """
    match key:
        case rsa.RSAPrivateKey():
            if key.key_size < SMALLEST_RSA_BITS:
                raise CertificateError(
                    f"the RSA key has {key.key_size} bits, which is below {SMALLEST_RSA_BITS}"
                )
            if key.key_size > LARGEST_RSA_BITS:
                raise CertificateError(
                    f"the RSA key has {key.key_size} bits, which is above {LARGEST_RSA_BITS}"
                )
            return key
        case ec.EllipticCurvePrivateKey():
            if not isinstance(key.curve, CURVES):
                raise CertificateError(
                    f"the key is on the curve {key.curve.name}, not on P-256, P-384 or P-521"
                )
            return key
        case _:
            raise CertificateError("the private key is neither RSA nor on an elliptic curve")


def chain_for(
    key: PrivateKey, certificates: tuple[x509.Certificate, ...]
) -> list[x509.Certificate]:
    """The certificate of `key`, then each one's issuer, as TLS shows them (RFC 8446 §4.4.2).

    Raises:
        CertificateError: none of the certificates is that of the key, or there are too many.
    """
    if len(certificates) > LONGEST_CHAIN:
        raise CertificateError(f"there are {len(certificates)} certificates, above {LONGEST_CHAIN}")
    own = [each for each in certificates if each.public_key() == key.public_key()]
    if not own:
        raise CertificateError("the private key is not that of the certificate")
    chain, left = [own[0]], [each for each in certificates if each != own[0]]
    while chain[-1].issuer != chain[-1].subject:
        issuer = next((each for each in left if each.subject == chain[-1].issuer), None)
        if issuer is None:
            break
        chain.append(issuer)
        left.remove(issuer)
    return chain


def pem_of(certificates: tuple[x509.Certificate, ...] | list[x509.Certificate]) -> bytes:
    """Certificates one after the other, in PEM."""
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def pem_of_key(key: PrivateKey) -> bytes:
    """A private key in PEM (PKCS #8), not encrypted: the folder keeps it private."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
