"""`export` and `import`: all settings as a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conf.files.data_folder import write_whole
from speaker.ctl.asking import new_secret, secret
from speaker.ctl.trouble import Trouble, WrongUsage

if TYPE_CHECKING:
    from speaker.ctl.errand import Commands, Errand

PASSWORD: Final = "SPEAKER_EXPORT_PASSWORD"  # noqa: S105 - the name of a variable
STANDARD: Final = Path("-")
LARGEST_FILE: Final = 16 * 1024 * 1024
"""Octets that are read; what settings may take is for the device to say."""


def add_commands(commands: Commands) -> None:
    """Make them known."""
    export = commands.add("export", export_settings, "write all settings down as TOML")
    export.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=STANDARD,
        metavar="FILE",
        help="(default: to the screen)",
    )
    import_ = commands.add("import", import_settings, "put exported settings in the place of all")
    import_.add_argument(
        "file", type=Path, metavar="FILE", help="what was exported; -: what comes in"
    )
    import_.add_argument(
        "--keep-accounts",
        action="store_true",
        help="leave accounts and tokens as they are, whatever the file says of them",
    )
    for each in (export, import_):
        each.add_argument(
            "--password",
            action="store_true",
            help=f"with the secrets, under a password that is asked for or stands in {PASSWORD}",
        )


def export_settings(errand: Errand) -> None:
    """Without a password, without the secrets."""
    path: Path = errand.options.file
    password = None
    if errand.options.password:
        errand.api.keep_private("the password")
        password = new_secret(PASSWORD, "Password for the secrets: ")
    text = errand.api.post_for_text("/settings/export", {"password": password})
    if path == STANDARD:
        errand.output.tell({"toml": text}, text.splitlines())
        return
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise Trouble(f"{path}: cannot be written: {error.strerror}") from error
    secrets = "its secrets are encrypted" if password else "without secrets"
    errand.output.tell({"file": str(path)}, [f"wrote {path}, {secrets}"])


def import_settings(errand: Errand) -> None:
    """All settings, those that the file does not name as well, become what it says.

    So do accounts and tokens, where it says anything of them.
    """
    text = _read(errand.options.file)
    password = None
    if errand.options.password:
        errand.api.keep_private("the password")
        password = secret(PASSWORD, "Password of the secrets: ")
    body = {"toml": text, "password": password, "keep_accounts": errand.options.keep_accounts}
    told = errand.api.post("/settings/import", body)
    errand.output.tell(told, ["the settings are those of the file"])


def _read(path: Path) -> str:
    try:
        if path == STANDARD:
            data = sys.stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with path.open("rb") as file:
                data = file.read(LARGEST_FILE + 1)
        text = data.decode()
    except OSError as error:
        raise WrongUsage(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise WrongUsage(f"{path}: is not UTF-8") from error
    if len(data) > LARGEST_FILE:
        raise WrongUsage(f"{path}: is longer than {LARGEST_FILE} octets")
    return text
