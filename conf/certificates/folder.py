"""The certificates in the data folder: found by name, kept private, looked at before they are used.

CertificateError     a certificate cannot be had; the message is the end of a sentence about it
"""

import datetime
import socket
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conf.files.data_folder import FILE_MODE, FOLDER_MODE, write_whole

EXPIRES_SOON_DAYS: Final = 30

_LARGEST_FILE: Final = 1024 * 1024
_LONGEST_COMMON_NAME: Final = 64
_FIRST_DAY: Final = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
_LAST_DAY: Final = datetime.datetime(2049, 12, 31, tzinfo=datetime.UTC)
"""What our own certificate is good for: it is made when the clock may not be right yet, and nobody
should have to renew it. The last year that X.509 writes in the old way (RFC 5280 §4.1.2.5)."""


class CertificateError(Exception):
    """A certificate cannot be had. The message follows the name of the setting that asks for it."""


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """A certificate that we show, and its key."""

    chain: Path
    key: Path
    """May be the same file."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """A certificate that is not good for long any more, or not at all."""

    path: Path
    days: int
    """Whole days that are left; below 0: it has expired."""

    def __str__(self) -> str:
        if self.days < 0:
            return f"{self.path} has expired"
        return f"{self.path} expires in {self.days} days"


class Certificates:
    """The folder `certificates`: `NAME.pem` holds a certificate and those between it and its CA, or
    what is trusted; `NAME.key` the key, unless it stands in `NAME.pem`. All of it is PEM.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder if it is not there; let nobody else read what is in it.

        Raises:
            CertificateError: it cannot be made, or its files belong to somebody else.
        """
        try:
            self.folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
            _restrict(self.folder, FOLDER_MODE)
            for file in self.folder.iterdir():
                if file.is_file():
                    _restrict(file, FILE_MODE)
        except OSError as error:
            raise CertificateError(
                f"{error.filename or self.folder} cannot be kept private: {error.strerror}"
            ) from error

    def make_self_signed(self, name: str, holder: str) -> None:
        """Make a certificate that `holder` signs itself, unless there is one of that name.

        Raises:
            CertificateError: it cannot be written.
        """
        chain, key = self._chain(name), self._key(name)
        if chain.exists():
            return
        made = ec.generate_private_key(ec.SECP256R1())
        try:
            # The key first: a certificate without its key would count as one that is there.
            write_whole(
                key,
                made.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                ),
            )
            certificate = _self_signed(made, holder)
            write_whole(chain, certificate.public_bytes(serialization.Encoding.PEM))
        except OSError as error:
            raise CertificateError(f"{chain} cannot be written: {error.strerror}") from error

    def own(self, name: str) -> OwnCertificate:
        """The certificate `name` to show to others.

        Raises:
            CertificateError: it or its key cannot be read, or they do not belong together.
        """
        chain, key = self._chain(name), self._key(name)
        certificate = _certificates(chain)[0]
        if not key.exists():
            key = chain
        try:
            private = serialization.load_pem_private_key(_contents(key), password=None)
        except TypeError as error:
            raise CertificateError(f"{key}: the key is encrypted; it must not be") from error
        except (ValueError, UnsupportedAlgorithm) as error:
            missing = f" and there is no {self._key(name).name}" if key == chain else ""
            raise CertificateError(f"{key}: holds no private key in PEM{missing}") from error
        if private.public_key() != certificate.public_key():
            raise CertificateError(f"{key}: is not the key of the certificate in {chain}")
        return OwnCertificate(chain, key)

    def trusted(self, name: str) -> Path:
        """The file of the CAs, or servers' own certificates, that `name` stands for.

        Raises:
            CertificateError: it cannot be read, or there is no certificate in it.
        """
        chain = self._chain(name)
        _certificates(chain)
        return chain

    def certificates(self, name: str) -> list[x509.Certificate]:
        """What is in the file `name`, at least one.

        Raises:
            CertificateError: it cannot be read, or there is no certificate in it.
        """
        return _certificates(self._chain(name))

    def holds_a_key(self, name: str) -> bool:
        """Whether the key stands in the file of the certificate.

        Raises:
            CertificateError: it cannot be read.
        """
        return b"PRIVATE KEY-----" in _contents(self._chain(name))

    def _chain(self, name: str) -> Path:
        return self.folder / f"{name}.pem"

    def _key(self, name: str) -> Path:
        return self.folder / f"{name}.key"


def expiring(paths: Iterable[Path], now: datetime.datetime) -> list[Expiry]:
    """The certificates in these files that expire within 30 days, the first in each to do so.

    Files that cannot be read are passed over: whoever uses them says so.
    """
    found: list[Expiry] = []
    for path in dict.fromkeys(paths):
        try:
            certificates = _certificates(path)
        except CertificateError:
            continue
        end = min(each.not_valid_after_utc for each in certificates)
        days = (end - now).days
        if days < EXPIRES_SOON_DAYS:
            found.append(Expiry(path, days))
    return found


def _restrict(path: Path, mode: int) -> None:
    if stat.S_IMODE(path.stat().st_mode) & ~mode:
        path.chmod(mode)


def _contents(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except FileNotFoundError as error:
        raise CertificateError(f"{path}: there is no such file") from error
    except OSError as error:
        raise CertificateError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > _LARGEST_FILE:
        raise CertificateError(f"{path}: is larger than {_LARGEST_FILE} bytes")
    return data


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_contents(path))
    except ValueError as error:
        raise CertificateError(f"{path}: holds no certificate in PEM") from error


def _self_signed(key: ec.EllipticCurvePrivateKey, holder: str) -> x509.Certificate:
    common_name = holder[:_LONGEST_COMMON_NAME] or "Intercom speaker"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FIRST_DAY)
        .not_valid_after(_LAST_DAY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    host = socket.gethostname()
    if host.isascii() and host:
        names = [x509.DNSName(host), *([] if "." in host else [x509.DNSName(f"{host}.local")])]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256())
