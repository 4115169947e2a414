"""The certificates of the device as an administrator handles them: listed, added, renewed, deleted.

CertificateError           what is given, or what is there, cannot be used
├── NoSuchCertificate      there is none of this name
├── CertificateExists      there is one of this name already
└── CertificateInUse       settings name it; the message lists them
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pydantic import BaseModel, ConfigDict

from conf.certificates.facts import CertificateFacts, facts_of
from conf.certificates.folder import CertificateError, Certificates
from conf.certificates.formats import (
    MOST_TRUSTED,
    PrivateKey,
    chain_for,
    pem_of,
    pem_of_key,
    usable_key,
)
from conf.certificates.name import CERTIFICATE_NAME
from conf.certificates.opening import open_bundle
from conf.certificates.signing_request import Holder, new_key, request_of, self_signed
from conf.files.data_folder import FOLDER_MODE, write_whole
from conf.values.secret import Secret

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable
    from pathlib import Path

MOST_CERTIFICATES: Final = 100
REQUESTS: Final = "requests"
"""Keys whose certificates are still with the CA wait in a folder of their own: what is in use stays
in use until the answer is there."""


class NoSuchCertificate(CertificateError):
    """There is none of this name."""


class CertificateExists(CertificateError):
    """There is one of this name already."""


class CertificateInUse(CertificateError):
    """Settings name it."""


class Entry(BaseModel):
    """One name of the library."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: str
    """What settings name it by."""
    has_key: bool
    """Whether the device can show it as its own; else it is there to be trusted."""
    request_waits: bool
    """Whether a request to a CA waits for its answer."""
    certificates: tuple[CertificateFacts, ...]
    """The device's own and those between it and its CA; or those that are trusted."""
    problem: str = ""
    """Why it cannot be used."""
    used_by: tuple[str, ...] = ()
    """Keys of the settings that name it."""


class CertificateLibrary:
    """The folder of the certificates. Everything here may take as long as a disk, or a new key."""

    def __init__(self, folder: Path, used_by: Callable[[str], Iterable[str]]) -> None:
        """`used_by` tells which settings name a certificate."""
        self._folder = Certificates(folder)
        self._used_by = used_by

    def entries(self) -> list[Entry]:
        """Everything that is there, by name."""
        folder = self._folder.folder
        names = {path.stem for path in (*folder.glob("*.pem"), *self._requests.glob("*.csr"))}
        return [self._entry(name) for name in sorted(names) if CERTIFICATE_NAME.fullmatch(name)]

    def entry(self, name: str) -> Entry:
        """One of them.

        Raises:
            NoSuchCertificate: there is none of this name.
        """
        if not self._is_there(name):
            raise NoSuchCertificate(f"there is no certificate {name!r}")
        return self._entry(name)

    def pem(self, name: str) -> bytes:
        """The certificates of `name`, without the key.

        Raises:
            CertificateError: there is none, or it cannot be read.
        """
        if not self._chain(name).exists():
            raise NoSuchCertificate(f"there is no certificate {name!r}")
        return pem_of(self._folder.certificates(name))

    def add(self, name: str, data: bytes, password: Secret, *, replace: bool = False) -> Entry:
        """Add what a file holds: with a key a certificate of our own, without one what is trusted.

        A certificate without its key that answers a request of ours becomes our own. With
        `replace` the one of that name is renewed; connections that stand keep the old one.

        Raises:
            CertificateError: it cannot be used; nothing has changed.
        """
        _check(name)
        if self._chain(name).exists() and not replace:
            raise CertificateExists(f"there is a certificate {name!r} already")
        self._mind_the_count(name)
        bundle = open_bundle(data, password)
        if not bundle.certificates:
            raise CertificateError("there is a private key in it, and no certificate for it")
        key = bundle.key or self._waiting_key(name, bundle.certificates)
        if key is None:
            self._keep_trusted(name, bundle.certificates)
        else:
            self._keep_own(name, key, chain_for(key, bundle.certificates))
        return self.entry(name)

    def make_self_signed(
        self, name: str, holder: Holder, now: datetime.datetime, *, replace: bool = False
    ) -> Entry:
        """Make a key, and a certificate that it signs itself.

        Raises:
            CertificateError: there is one of that name, or it cannot be written.
        """
        _check(name)
        if self._chain(name).exists() and not replace:
            raise CertificateExists(f"there is a certificate {name!r} already")
        self._mind_the_count(name)
        key = new_key(holder.key_kind)
        self._keep_own(name, key, [self_signed(holder, key, now)])
        return self.entry(name)

    def request(self, name: str, holder: Holder) -> bytes:
        """Make a key that waits for its certificate, and what to send to a CA, in PEM.

        An earlier request of that name is given up; a certificate of that name stays in use.

        Raises:
            CertificateError: it cannot be written.
        """
        _check(name)
        self._mind_the_count(name)
        key = new_key(holder.key_kind)
        made = request_of(holder, key).public_bytes(serialization.Encoding.PEM)
        self._write(
            (self._requests / f"{name}.key", pem_of_key(key)),
            (self._requests / f"{name}.csr", made),
        )
        return made

    def waiting_request(self, name: str) -> bytes:
        """The request of `name` that waits for its answer, in PEM.

        Raises:
            NoSuchCertificate: none waits.
        """
        try:
            return (self._requests / f"{name}.csr").read_bytes()
        except (OSError, ValueError) as error:  # ValueError: no file has such a name
            raise NoSuchCertificate(f"no request of {name!r} waits") from error

    def delete(self, name: str) -> None:
        """Delete the certificate `name`, its key and its request.

        Raises:
            NoSuchCertificate: there is none of this name.
            CertificateInUse: settings name it.
            CertificateError: it cannot be deleted.
        """
        if not self._is_there(name):
            raise NoSuchCertificate(f"there is no certificate {name!r}")
        if users := tuple(self._used_by(name)):
            raise CertificateInUse(f"{name!r} is named by {', '.join(users)}")
        self._forget_request(name)
        try:
            self._chain(name).unlink(missing_ok=True)  # first: without its key it is nothing
            self._key(name).unlink(missing_ok=True)
        except OSError as error:
            raise CertificateError(f"{name!r} cannot be deleted: {error.strerror}") from error

    # --- what is on the disk ---------------------------------------------------------------------

    @property
    def _requests(self) -> Path:
        return self._folder.folder / REQUESTS

    def _chain(self, name: str) -> Path:
        return self._folder.folder / f"{name}.pem"

    def _key(self, name: str) -> Path:
        return self._folder.folder / f"{name}.key"

    def _is_there(self, name: str) -> bool:
        if not CERTIFICATE_NAME.fullmatch(name):
            return False
        return self._chain(name).exists() or (self._requests / f"{name}.csr").exists()

    def _mind_the_count(self, name: str) -> None:
        names = {each.name for each in self.entries()} | {name}
        if len(names) > MOST_CERTIFICATES:
            raise CertificateError(f"there are {MOST_CERTIFICATES} certificates already")

    def _entry(self, name: str) -> Entry:
        certificates: tuple[CertificateFacts, ...] = ()
        has_key, problem = False, ""
        if self._chain(name).exists():
            try:
                found = self._folder.certificates(name)
                certificates = tuple(facts_of(each) for each in found)
                has_key = self._key(name).exists() or self._folder.holds_a_key(name)
                if has_key:
                    self._folder.own(name)
            except CertificateError as error:
                problem = str(error)
        return Entry(
            name=name,
            has_key=has_key,
            request_waits=(self._requests / f"{name}.csr").exists(),
            certificates=certificates,
            problem=problem,
            used_by=tuple(self._used_by(name)),
        )

    def _waiting_key(
        self, name: str, certificates: tuple[x509.Certificate, ...]
    ) -> PrivateKey | None:
        """The key of these certificates: of a request that waits, or that is there already."""
        for path in (self._requests / f"{name}.key", self._key(name)):
            try:
                key = usable_key(serialization.load_pem_private_key(path.read_bytes(), None))
            except (OSError, ValueError, TypeError, CertificateError):
                continue
            if any(each.public_key() == key.public_key() for each in certificates):
                return key
        return None

    def _keep_own(self, name: str, key: PrivateKey, chain: list[x509.Certificate]) -> None:
        # The key first: a certificate without its key would count as one to be trusted.
        self._write((self._key(name), pem_of_key(key)), (self._chain(name), pem_of(chain)))
        self._forget_request(name)

    def _keep_trusted(self, name: str, certificates: tuple[x509.Certificate, ...]) -> None:
        if len(certificates) > MOST_TRUSTED:
            raise CertificateError(
                f"there are {len(certificates)} certificates in it, above {MOST_TRUSTED}"
            )
        if self._key(name).exists() or (self._requests / f"{name}.csr").exists():
            raise CertificateError("it is not a certificate of the key that is there; give its key")
        self._write((self._chain(name), pem_of(certificates)))

    def _write(self, *files: tuple[Path, bytes]) -> None:
        self._folder.prepare()
        try:
            self._requests.mkdir(mode=FOLDER_MODE, exist_ok=True)
            for path, data in files:
                write_whole(path, data)
        except OSError as error:
            raise CertificateError(f"cannot be written: {error.strerror}") from error

    def _forget_request(self, name: str) -> None:
        for ending in ("key", "csr"):
            (self._requests / f"{name}.{ending}").unlink(missing_ok=True)


def _check(name: str) -> None:
    if not CERTIFICATE_NAME.fullmatch(name):
        raise CertificateError(
            f"{name!r} is no name: 1 to 64 letters, digits, `.`, `_` or `-`, none of . and - first"
        )
