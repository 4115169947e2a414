import datetime
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from conf.certificates.folder import CertificateError, Certificates, Expiry, expiring

NOW = datetime.datetime.now(datetime.UTC)


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """A folder with the speaker's own certificate."""
    made = Certificates(tmp_path / "certificates")
    made.prepare()
    made.make_self_signed("speaker", "Front door")
    return made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_certificate_of_the_first_start_is_private_and_lasts(
    certificates: Certificates,
) -> None:
    own = certificates.own("speaker")
    (certificate,) = x509.load_pem_x509_certificates(own.chain.read_bytes())
    assert "Front door" in certificate.subject.rfc4514_string()
    assert [mode(each) for each in (certificates.folder, own.chain, own.key)] == [
        0o700,
        0o600,
        0o600,
    ]
    assert certificate.not_valid_before_utc.year == 2020  # good before the clock is right
    assert expiring([own.chain], NOW) == []


def test_it_is_made_once(certificates: Certificates) -> None:
    before = certificates.own("speaker").chain.read_bytes()
    certificates.make_self_signed("speaker", "Back door")
    assert certificates.own("speaker").chain.read_bytes() == before


def test_what_others_could_read_is_made_private(certificates: Certificates) -> None:
    key = certificates.own("speaker").key
    key.chmod(0o644)
    certificates.folder.chmod(0o755)
    certificates.prepare()
    assert (mode(key), mode(certificates.folder)) == (0o600, 0o700)


def test_the_key_may_stand_in_the_file_of_the_certificate(certificates: Certificates) -> None:
    own = certificates.own("speaker")
    both = certificates.folder / "both.pem"
    both.write_bytes(own.chain.read_bytes() + own.key.read_bytes())
    assert certificates.own("both").key == both


def _no_file(certificates: Certificates) -> None:
    certificates.own("speaker").chain.unlink()


def _no_certificate(certificates: Certificates) -> None:
    certificates.own("speaker").chain.write_text("nothing")


def _no_key(certificates: Certificates) -> None:
    certificates.own("speaker").key.unlink()


def _other_key(certificates: Certificates) -> None:
    certificates.make_self_signed("other", "Somebody else")
    certificates.own("other").key.rename(certificates.own("speaker").key)


def _encrypted_key(certificates: Certificates) -> None:
    path = certificates.own("speaker").key
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    secret = serialization.BestAvailableEncryption(b"secret")
    formats = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    path.write_bytes(key.private_bytes(*formats, secret))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_no_file, "speaker.pem: there is no such file"),
        (_no_certificate, "speaker.pem: holds no certificate in PEM"),
        (_no_key, "speaker.pem: holds no private key in PEM and there is no speaker.key"),
        (_other_key, "speaker.key: is not the key of the certificate in "),
        (_encrypted_key, "speaker.key: the key is encrypted; it must not be"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(
    damage: Callable[[Certificates], None], words: str, certificates: Certificates
) -> None:
    damage(certificates)
    with pytest.raises(CertificateError) as error:
        certificates.own("speaker")
    assert words in str(error.value)


def test_what_is_trusted_must_hold_a_certificate(certificates: Certificates) -> None:
    assert certificates.trusted("speaker") == certificates.folder / "speaker.pem"
    (certificates.folder / "ca.pem").write_text("nothing")
    with pytest.raises(CertificateError, match="holds no certificate"):
        certificates.trusted("ca")


@pytest.mark.parametrize(
    ("days_before", "told"),
    [(40, None), (29.5, "expires in 29 days"), (0.5, "expires in 0 days"), (-1, "has expired")],
)
def test_expiry_is_told_thirty_days_ahead(
    days_before: float, told: str | None, certificates: Certificates
) -> None:
    path = certificates.own("speaker").chain
    end = datetime.datetime(2049, 12, 31, tzinfo=datetime.UTC)
    found = expiring([path, path], end - datetime.timedelta(days=days_before))
    assert [str(each) for each in found] == ([] if told is None else [f"{path} {told}"])
    assert expiring([path.with_name("missing.pem")], NOW) == []
    assert str(Expiry(path, -1)).endswith("has expired")
