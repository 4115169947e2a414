"""A file of ours among the settings of another program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conf.files.data_folder import write_whole
from speaker.host_clock.synchronisation import HostRefuses

if TYPE_CHECKING:
    from pathlib import Path

READABLE: Final = 0o644


def put(file: Path, text: str | None) -> str | None:
    """Let a file say this, or be gone (None); returns what it said before.

    Raises:
        HostRefuses: it cannot be written.
    """
    before = said_by(file)
    try:
        if text is None:
            file.unlink(missing_ok=True)
        else:
            write_whole(file, text.encode())
            file.chmod(READABLE)  # the program may run as another user
    except OSError as error:
        raise HostRefuses(f"{file} cannot be written: {error.strerror}") from error
    return before


def said_by(file: Path) -> str | None:
    """What a file says; None: it is not there, or not for us to read."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
