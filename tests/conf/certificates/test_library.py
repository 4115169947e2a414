"""Certificates as an administrator handles them."""

import datetime
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import pkcs12

from conf.certificates.folder import CertificateError, Certificates
from conf.certificates.library import (
    MOST_CERTIFICATES,
    CertificateExists,
    CertificateInUse,
    CertificateLibrary,
    NoSuchCertificate,
)
from conf.certificates.signing_request import Holder, self_signed
from conf.values.secret import Secret
from tests.certificates import AuthorityFolder

NOW = datetime.datetime(2026, 11, 27, tzinfo=datetime.UTC)
DOOR = Holder(common_name="Front door", names=("door.example", "192.0.2.7"))
NONE = Secret()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "certificates"


@pytest.fixture
def library(folder: Path) -> CertificateLibrary:
    return CertificateLibrary(folder, lambda name: ())


@pytest.fixture
def authority(tmp_path: Path) -> AuthorityFolder:
    return AuthorityFolder.found(tmp_path / "authority")


def pfx(issued: Path, password: bytes) -> bytes:
    """What Windows calls a certificate with its key."""
    chain = x509.load_pem_x509_certificates(issued.read_bytes())
    key = serialization.load_pem_private_key(issued.with_suffix(".key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    encryption = serialization.BestAvailableEncryption(password)
    return pkcs12.serialize_key_and_certificates(b"x", key, chain[0], chain[1:], encryption)


def test_a_pem_with_its_key_is_the_devices_own(
    library: CertificateLibrary, authority: AuthorityFolder, folder: Path
) -> None:
    entry = library.add("door", authority.issue("door.example").read_bytes(), NONE)
    assert (entry.has_key, entry.problem, len(entry.certificates)) == (True, "", 2)
    assert entry.certificates[0].names == ("door.example",)
    own = Certificates(folder).own("door")
    assert stat.S_IMODE(own.key.stat().st_mode) == 0o600


def test_a_pfx_is_opened_by_its_password(
    library: CertificateLibrary, authority: AuthorityFolder
) -> None:
    data = pfx(authority.issue("door.example"), b"open sesame")
    with pytest.raises(CertificateError, match="this password opens"):
        library.add("door", data, Secret("wrong"))
    assert library.entries() == []
    entry = library.add("door", data, Secret("open sesame"))
    assert (entry.has_key, len(entry.certificates)) == (True, 2)


def test_a_cer_without_a_key_is_somebody_to_trust(
    library: CertificateLibrary, authority: AuthorityFolder, folder: Path
) -> None:
    (certificate,) = x509.load_pem_x509_certificates(authority.path.read_bytes())
    entry = library.add("our_ca", certificate.public_bytes(serialization.Encoding.DER), NONE)
    assert (entry.has_key, entry.certificates[0].is_ca) == (False, True)
    assert Certificates(folder).trusted("our_ca").read_bytes() == authority.path.read_bytes()


def test_the_chain_is_put_in_the_order_of_tls(
    library: CertificateLibrary, authority: AuthorityFolder
) -> None:
    """RFC 8446 §4.4.2: the device's own first, then each one's issuer."""
    issued = authority.issue("door.example")
    own, ca = x509.load_pem_x509_certificates(issued.read_bytes())
    pem = serialization.Encoding.PEM
    turned = ca.public_bytes(pem) + own.public_bytes(pem) + issued.with_suffix(".key").read_bytes()
    entry = library.add("door", turned, NONE)
    assert [each.is_ca for each in entry.certificates] == [False, True]


def test_a_request_is_answered_by_the_certificate_alone(
    library: CertificateLibrary, folder: Path
) -> None:
    request = x509.load_pem_x509_csr(library.request("door", DOOR))
    assert request.is_signature_valid
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["door.example"]
    assert library.entry("door").request_waits
    assert x509.load_pem_x509_csr(library.waiting_request("door")) == request

    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = self_signed(Holder(common_name="CA"), ca_key, NOW)
    signed = (
        x509.CertificateBuilder(ca.subject, request.subject, request.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + datetime.timedelta(days=90))
        .sign(ca_key, hashes.SHA256())
    )
    entry = library.add("door", signed.public_bytes(serialization.Encoding.PEM), NONE)
    assert (entry.has_key, entry.request_waits, entry.problem) == (True, False, "")
    Certificates(folder).own("door")


def test_a_request_leaves_what_is_in_use(library: CertificateLibrary, folder: Path) -> None:
    library.make_self_signed("door", DOOR, NOW)
    before = Certificates(folder).own("door").key.read_bytes()
    library.request("door", DOOR)
    assert Certificates(folder).own("door").key.read_bytes() == before


@pytest.mark.parametrize("kind", ["ec-p256", "ec-p384", "rsa-2048"])
def test_one_that_is_signed_by_itself_says_what_was_asked_for(
    library: CertificateLibrary, kind: str
) -> None:
    holder = Holder.model_validate(
        {"common_name": "Front door", "names": ("door.example", "192.0.2.7"), "key_kind": kind}
    )
    (facts,) = library.make_self_signed("door", holder, NOW).certificates
    assert facts.names == ("door.example", "192.0.2.7")
    assert (facts.self_signed, facts.subject) == (True, "CN=Front door")
    assert facts.not_before < NOW < facts.not_after
    assert facts.key == {"ec-p256": "EC P-256", "ec-p384": "EC P-384"}.get(kind, "RSA 2048")


def test_a_renewal_wants_to_be_meant(
    library: CertificateLibrary, authority: AuthorityFolder
) -> None:
    library.make_self_signed("door", DOOR, NOW)
    data = authority.issue("door.example").read_bytes()
    with pytest.raises(CertificateExists):
        library.add("door", data, NONE)
    assert len(library.add("door", data, NONE, replace=True).certificates) == 2


def test_what_settings_name_is_not_deleted(folder: Path) -> None:
    library = CertificateLibrary(
        folder, lambda name: ["http.certificate"] if name == "door" else []
    )
    library.make_self_signed("door", DOOR, NOW)
    library.make_self_signed("old", DOOR, NOW)
    with pytest.raises(CertificateInUse, match=r"'door' is named by http\.certificate"):
        library.delete("door")
    library.delete("old")
    assert [entry.name for entry in library.entries()] == ["door"]
    assert sorted(path.name for path in folder.glob("*.*")) == ["door.key", "door.pem"]


def test_what_is_not_there_is_said(library: CertificateLibrary) -> None:
    for ask in (library.entry, library.pem, library.waiting_request, library.delete):
        with pytest.raises(NoSuchCertificate):
            ask("door")


def test_the_key_is_never_in_what_is_shown(
    library: CertificateLibrary, authority: AuthorityFolder, folder: Path
) -> None:
    """Also where it stands in the file of the certificate."""
    folder.mkdir()
    (folder / "both.pem").write_bytes(authority.issue("door.example").read_bytes())
    assert b"PRIVATE" in (folder / "both.pem").read_bytes()
    assert b"PRIVATE" not in library.pem("both")
    assert library.entry("both").has_key


@pytest.mark.parametrize("name", ["", ".hidden", "../up", "a/b", "-x", "x" * 65, "a\n", "ä"])
def test_a_name_that_could_lead_elsewhere_is_none(library: CertificateLibrary, name: str) -> None:
    with pytest.raises(CertificateError, match="is no name"):
        library.make_self_signed(name, DOOR, NOW)
    with pytest.raises(NoSuchCertificate):
        library.delete(name)


def pem_of(
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "neither PEM"),
        (b"\x30\x82\xff\xff" + bytes(100), "neither PEM"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "is damaged"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "is damaged"),
        (b"-----BEGIN RUBBISH-----\nAAAA\n-----END RUBBISH-----\n", "neither a certificate"),
        (pem_of(ec.generate_private_key(ec.SECP256R1())), "no certificate for it"),
        (pem_of(ec.generate_private_key(ec.SECP256K1())), "secp256k1"),
        (pem_of(ed25519.Ed25519PrivateKey.generate()), "neither RSA nor"),
    ],
)
def test_what_cannot_be_used_is_told_and_changes_nothing(
    library: CertificateLibrary, data: bytes, why: str
) -> None:
    with pytest.raises(CertificateError, match=why):
        library.add("door", data, NONE)
    assert library.entries() == []


def test_a_key_that_is_not_the_certificates_is_refused(
    library: CertificateLibrary, authority: AuthorityFolder
) -> None:
    issued = authority.issue("door.example")
    other = pem_of(ec.generate_private_key(ec.SECP256R1()))
    certificates = x509.load_pem_x509_certificates(issued.read_bytes())
    data = other + b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates)
    with pytest.raises(CertificateError, match="not that of the certificate"):
        library.add("door", data, NONE)


def test_an_encrypted_key_wants_its_password(
    library: CertificateLibrary, authority: AuthorityFolder
) -> None:
    issued = authority.issue("door.example")
    key = serialization.load_pem_private_key(issued.with_suffix(".key").read_bytes(), None)
    sealed = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"open sesame"),
    )
    certificates = x509.load_pem_x509_certificates(issued.read_bytes())
    data = b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates) + sealed
    with pytest.raises(CertificateError, match="give its password"):
        library.add("door", data, NONE)
    with pytest.raises(CertificateError, match="its password is another one"):
        library.add("door", data, Secret("wrong"))
    assert library.add("door", data, Secret("open sesame")).has_key


def test_there_is_an_end_to_how_many_there_are(
    library: CertificateLibrary, authority: AuthorityFolder, folder: Path
) -> None:
    folder.mkdir()
    for number in range(MOST_CERTIFICATES):
        (folder / f"ca{number}.pem").write_bytes(authority.path.read_bytes())
    with pytest.raises(CertificateError, match=f"there are {MOST_CERTIFICATES} certificates"):
        library.add("one_more", authority.path.read_bytes(), NONE)
    library.add("ca7", authority.path.read_bytes(), NONE, replace=True)


def test_a_damaged_file_is_listed_with_its_fault(library: CertificateLibrary, folder: Path) -> None:
    folder.mkdir()
    (folder / "odd.pem").write_text("nothing")
    assert "holds no certificate in PEM" in library.entry("odd").problem
