"""`settings.toml` in the data folder, where settings were kept before there was a database.

Whoever puts one there has it taken over at the next start.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from conf.files.private_file import PRIVATE_MODE
from conf.store.store_error import StoreError

log = structlog.get_logger(__name__)

PREVIOUS_FORM: Final = "settings.toml"


def put_aside(file: Path) -> None:
    """Rename a file that was taken over, and close it to others if we may: it can hold secrets.

    Raises:
        StoreError: it cannot be renamed.
    """
    aside = _aside(file)
    try:
        if not file.is_symlink():  # what it leads to is not ours
            with suppress(PermissionError):
                file.chmod(PRIVATE_MODE)
        file.replace(aside)
    except OSError as error:
        raise StoreError(
            f"{file}: was imported, but cannot be renamed: {error.strerror}"
        ) from error
    log.info("settings were imported; the file can be deleted", file=str(aside))


def delete_what_was_put_aside(file: Path) -> None:
    """Delete what `file` was renamed to, if it is there.

    Raises:
        StoreError: it cannot be deleted.
    """
    aside = _aside(file)
    try:
        aside.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{aside}: cannot be deleted: {error.strerror}") from error


def _aside(file: Path) -> Path:
    return file.with_name(f"{file.name}.imported")
