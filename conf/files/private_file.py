"""Files that only their owner may read."""

import os
import stat
from pathlib import Path
from typing import Final

import structlog

from conf.store.store_error import StoreError

log = structlog.get_logger(__name__)

PRIVATE_MODE: Final = 0o600
OTHERS: Final = 0o077
"""What group and others may do."""


def open_private(file: Path, flags: int) -> int:
    """Open a regular file that nobody else may read, with mode 0600 if it is made by this.

    A file that others may read is closed to them, and that is logged: they may have read it.

    Returns:
        The descriptor, for the caller to close.

    Raises:
        FileNotFoundError: it is not there, and the flags do not ask to make it.
        StoreError: it cannot be opened or closed to others, or is something else than a file.
    """
    try:
        descriptor = os.open(
            file, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, PRIVATE_MODE
        )
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(f"{file}: cannot be opened: {error.strerror}") from error
    try:
        _make_private(file, descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _make_private(file: Path, descriptor: int) -> None:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{file}: is not a regular file")
    if found.st_mode & OTHERS:
        try:
            os.fchmod(descriptor, PRIVATE_MODE)
        except OSError as error:
            raise StoreError(
                f"{file}: others can read it (mode {stat.S_IMODE(found.st_mode):04o}) and that"
                f" cannot be changed: {error.strerror}; it must have mode 0600"
            ) from error
        log.warning(
            "others could read a file with secrets; now they cannot",
            file=str(file),
            mode=f"{stat.S_IMODE(found.st_mode):04o}",
        )
