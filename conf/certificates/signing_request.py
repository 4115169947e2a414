"""Who a certificate is to be for: a request to a CA (PKCS #10, RFC 2986), or signed by itself."""

from __future__ import annotations

import datetime
from ipaddress import ip_address
from typing import Annotated, Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from pydantic import BaseModel, ConfigDict

from conf.certificates.formats import PrivateKey
from conf.values.constraints import Entries, Name, Range, Satisfies, Text
from conf.values.server_address import is_domain

KeyKind = Literal["ec-p256", "ec-p384", "rsa-2048", "rsa-3072", "rsa-4096"]


def _is_host(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return bool(name) and is_domain(name)
    return True


_Country = Annotated[str, Text(r"([A-Z]{2})?", "a country's two letters, or empty")]
_Host = Annotated[str, Satisfies(_is_host, "a domain name or an IP address")]

_PLACES: Final = {
    "common_name": NameOID.COMMON_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizational_unit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "state": NameOID.STATE_OR_PROVINCE_NAME,
    "country": NameOID.COUNTRY_NAME,
}


class Holder(BaseModel):
    """Who a certificate is for, and with what kind of key."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    common_name: Annotated[str, Text(r"[^\x00-\x1f\x7f]{1,64}", "1 to 64 characters")]
    """The name that people see."""
    names: Annotated[tuple[_Host, ...], Entries(0, 32, distinct=True)] = ()
    """Domains and addresses by which the speaker is reached."""
    organization: Name = ""
    organizational_unit: Name = ""
    locality: Name = ""
    state: Name = ""
    country: _Country = ""
    key_kind: KeyKind = "ec-p256"
    """The fastest one first; phones that know no elliptic curves need RSA."""
    days: Annotated[int, Range(1, 3650)] = 825
    """How long it is to be good, where the speaker signs it itself."""

    @property
    def subject(self) -> x509.Name:
        """The parts that were given, in the order of directories."""
        given = [(oid, getattr(self, part)) for part, oid in _PLACES.items()]
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in given if text])

    @property
    def alternative_names(self) -> x509.SubjectAlternativeName | None:
        """The names that count for clients (RFC 9525 §6.3); None: there are none."""
        if not self.names:
            return None
        return x509.SubjectAlternativeName([_general_name(name) for name in self.names])


def new_key(kind: KeyKind) -> PrivateKey:
    """A key of this kind; an RSA key takes up to seconds."""
    if kind == "ec-p256":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "ec-p384":
        return ec.generate_private_key(ec.SECP384R1())
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa-")))


def request_of(holder: Holder, key: PrivateKey) -> x509.CertificateSigningRequest:
    """What to send to a CA."""
    builder = x509.CertificateSigningRequestBuilder(holder.subject)
    if (names := holder.alternative_names) is not None:
        builder = builder.add_extension(names, critical=False)
    return builder.sign(key, hashes.SHA256())


def self_signed(holder: Holder, key: PrivateKey, now: datetime.datetime) -> x509.Certificate:
    """A certificate for which only its holder vouches; good from a day ago on, as clocks differ."""
    builder = (
        x509.CertificateBuilder(holder.subject, holder.subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=holder.days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    if (names := holder.alternative_names) is not None:
        builder = builder.add_extension(names, critical=False)
    return builder.sign(key, hashes.SHA256())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
