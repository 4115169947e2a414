"""The folder that holds everything the device remembers.

DataFolderError           the folder cannot be used; the message is one sentence
└── DataFolderInUse       another process has it
"""

import fcntl
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from types import TracebackType
from typing import Final, Self
from uuid import UUID, uuid4

from conf.files.sync_folder import sync_folder

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
HTTP_NOTE: Final = "http"
LOCAL_TOKEN: Final = "local-token"  # noqa: S105 - the name of a file
CALLS: Final = "calls"


class DataFolderError(Exception):
    """The data folder cannot be used. The message names it and says why."""


class DataFolderInUse(DataFolderError):
    """Another process has it."""


class DataFolder:
    """One device's memory, held by one process at a time until `close` (or the process ends)."""

    def __init__(self, path: Path, lock: int) -> None:
        """Takes over `lock`, the open and locked lock file; use `open` instead."""
        self.path = path
        self._lock = lock

    @classmethod
    def open(cls, path: Path) -> Self:
        """Make the folder with mode 0700 if it is not there, and take it for this process.

        Raises:
            DataFolderError: it cannot be made or written.
            DataFolderInUse: another device is using it.
        """
        path = path.expanduser().absolute()
        try:
            path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            (path / "clips").mkdir(mode=FOLDER_MODE, exist_ok=True)
            lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        except OSError as error:
            raise DataFolderError(
                f"data folder {path}: cannot be used: {error.strerror}"
            ) from error
        try:
            # The kernel lets go of it when the process dies, however it dies.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise DataFolderInUse(f"data folder {path}: another device is using it") from error
        return cls(path, lock)

    @property
    def certificates(self) -> Path:
        """The folder of the certificates, which need not exist."""
        return self.path / "certificates"

    @property
    def clips(self) -> Path:
        """The folder of the clips."""
        return self.path / "clips"

    @property
    def clip_cache(self) -> Path:
        """The folder of the clips' decoded sound, which can be deleted at any time."""
        return self.path / "cache" / "clips"

    @property
    def calls(self) -> Path:
        """The folder of the reports on calls, which need not exist."""
        return calls_folder(self.path)

    @property
    def log(self) -> Path:
        """The folder of the log, which need not exist."""
        return self.path / "log"

    def serial(self) -> str:
        """The device's own serial number: made up at the first call and the same ever after.

        Twelve hexadecimal digits like those of an Ethernet address, with the bit set that marks
        addresses which no manufacturer gave out (IEEE 802, bit 1 of the first octet).

        Raises:
            DataFolderError: it cannot be read or written.
        """
        return self._made_up_once("serial", _made_up_serial, "a serial number")

    def instance(self) -> str:
        """What SIP servers tell this device by, whatever its address is (RFC 5626 §4.1).

        `urn:uuid:…`, made up at the first call and the same ever after.

        Raises:
            DataFolderError: it cannot be read or written, or is no UUID.
        """
        kept = self._made_up_once("instance", lambda: str(uuid4()), "a UUID")
        try:
            return UUID(kept).urn
        except ValueError as error:
            raise DataFolderError(f"{self.path / 'instance'}: is not a UUID") from error

    def _made_up_once(self, name: str, make: Callable[[], str], what: str) -> str:
        """What a file of ours holds, from its first being asked for on."""
        file = self.path / name
        try:
            with suppress(FileNotFoundError):
                kept = file.read_text(encoding="ascii").strip()
                if kept:
                    return kept
            made = make()
            write_whole(file, f"{made}\n".encode("ascii"))
        except OSError as error:
            raise DataFolderError(f"{file}: cannot be used: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise DataFolderError(f"{file}: is not {what}") from error
        return made

    def make_local_token(self) -> str:
        """A new secret by which programs of this user on this machine prove who they are.

        Whoever can read this folder can do everything to the device anyway.

        Raises:
            DataFolderError: it cannot be written.
        """
        token = token_urlsafe(32)
        try:
            write_whole(self.path / LOCAL_TOKEN, f"{token}\n".encode("ascii"), lasts=False)
        except OSError as error:
            raise DataFolderError(f"{self.path / LOCAL_TOKEN}: {error.strerror}") from error
        return token

    def note_http(self, url: str) -> None:
        """Leave word, for other programs on this machine, where this device answers HTTP.

        Raises:
            DataFolderError: it cannot be written.
        """
        try:
            write_whole(self.path / HTTP_NOTE, f"{url}\n".encode("ascii"), lasts=False)
        except OSError as error:
            raise DataFolderError(f"{self.path / HTTP_NOTE}: {error.strerror}") from error

    def close(self) -> None:
        """Let other devices have the folder; more calls do nothing."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def calls_folder(path: Path) -> Path:
    """Where the device of a data folder keeps its reports on calls; it need not exist."""
    return path.expanduser() / CALLS


def http_of_running_device(path: Path) -> str | None:
    """The URL at which the device that has this folder answers HTTP; None: it does not tell.

    What it says is of the last device that ran: it counts while the folder is in use.
    """
    try:
        noted = (path.expanduser() / HTTP_NOTE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return noted or None


def local_token_of_running_device(path: Path) -> str | None:
    """The secret that the device with this folder made at its last start; None: not to be had."""
    try:
        kept = (path.expanduser() / LOCAL_TOKEN).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return kept or None


def default_data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """`$XDG_STATE_HOME/intercom-speaker`, by default below `~/.local/state`.

    A relative path in the variable counts as none (XDG base directory specification).
    """
    state = Path(environment.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        state = Path("~/.local/state").expanduser()
    return state / "intercom-speaker"


def write_whole(file: Path, data: bytes, *, lasts: bool = True) -> None:
    """Give `file` new contents such that a crash at any moment leaves the old or the new ones.

    What does not last longer than the process need not be on the disk, which may be slow: then only
    the end of the process leaves one of the two, and that of the system anything.

    Raises:
        OSError: it cannot be written; the old contents are still there.
    """
    new = file.with_name(file.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
        out.flush()
        if lasts:
            os.fsync(out.fileno())
    new.replace(file)
    if lasts:
        sync_folder(file.parent)


def _made_up_serial() -> str:
    first, *others = token_bytes(6)
    # With a letter in front: clients of VAPIX take what consists of digits for a number.
    return bytes([(first | 0xA2) & 0xFE, *others]).hex().upper()
