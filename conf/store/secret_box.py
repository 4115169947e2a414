"""Secrets at rest: sealed by a key that lies in a file of its own.

Whoever gets the database alone (a copy, a backup) has no secret. AES-256-GCM, with the place of a
secret as associated data: a sealed secret that was moved elsewhere does not open there.
"""

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes
from typing import Final, Self

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conf.files.private_file import open_private
from conf.files.sync_folder import sync_folder
from conf.store.store_error import StoreError

log = structlog.get_logger(__name__)

KEY_OCTETS: Final = 32
NONCE_OCTETS: Final = 12
"""NIST SP 800-38D §8.2.2: random ones are safe for 2^32 secrets under one key."""


class DoesNotOpen(Exception):
    """The secret was sealed with another key or for another place, or is damaged."""


class SecretBox:
    """Seals and opens with one key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def open(cls, file: Path) -> Self:
        """The box whose key the file holds; one is made up, with mode 0600, if it is not there.

        A file that holds no key is put aside as `NAME.damaged`.

        Raises:
            StoreError: it cannot be read or written.
        """
        try:
            key = _read_key(file)
            if key is not None and len(key) != KEY_OCTETS:
                aside = file.with_name(f"{file.name}.damaged")
                file.replace(aside)
                log.error("the key of the secrets is damaged and was put aside", file=str(aside))
                key = None
            return cls(key or _make_key(file))
        except OSError as error:
            raise StoreError(f"{file}: cannot be used: {error.strerror}") from error

    def seal(self, place: str, text: str) -> bytes:
        """What may lie on the disk instead of `text`; it opens for the same `place` only."""
        nonce = token_bytes(NONCE_OCTETS)
        return nonce + self._cipher.encrypt(nonce, text.encode(), place.encode())

    def unseal(self, place: str, sealed: bytes) -> str:
        """What was sealed.

        Raises:
            DoesNotOpen: with another key, or for another place.
        """
        nonce, rest = sealed[:NONCE_OCTETS], sealed[NONCE_OCTETS:]
        try:
            return self._cipher.decrypt(nonce, rest, place.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise DoesNotOpen(place) from error


def _read_key(file: Path) -> bytes | None:
    try:
        descriptor = open_private(file, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as opened:
        return opened.read(KEY_OCTETS + 1)


def _make_key(file: Path) -> bytes:
    """A new key; it is on the disk before anything is sealed with it."""
    key = token_bytes(KEY_OCTETS)
    new = file.with_name(f"{file.name}.new")
    with suppress(FileNotFoundError):
        new.unlink()
    descriptor = open_private(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    with os.fdopen(descriptor, "wb") as out:
        out.write(key)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
    sync_folder(file.parent)
    return key
