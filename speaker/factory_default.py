"""What a device forgets that is to be as it was when it was new.

|                                        | factory default | hard factory default |
| -------------------------------------- | --------------- | -------------------- |
| settings                               | forgotten       | forgotten            |
| ... but the ports of HTTP and HTTPS    | kept            | forgotten            |
| accounts and tokens of the HTTP side   | forgotten       | forgotten            |
| certificates and their keys            | forgotten       | forgotten            |
| clips, reports on calls, the log       | kept            | forgotten            |
| the made-up serial number and SIP UUID | kept            | kept                 |
| the audit log                          | kept            | kept                 |

The first one leaves the device where people and NAT routers find it; the second one is for a
device that is given away. Who it is does not change, and who has reset it stays on record.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from conf.files.data_folder import DataFolder
    from speaker.device import Device

KEPT: Final = ("http.enabled", "http.port", "http.https_enabled", "http.https_port")
"""Settings by which the device is found."""


def forget_settings(device: Device, *, hard: bool, by: str) -> None:
    """Forget what is in the store, once the device has stopped.

    Raises:
        StoreError: the disk does not take it.
    """
    device.accounts.forget_all(by=by)
    device.tokens.forget_all(by=by)
    device.store.reset(() if hard else KEPT, by=by)


def delete_files(data: DataFolder, *, hard: bool) -> None:
    """Delete what is kept in files; the device has stopped, and logs no more.

    Raises:
        OSError: something cannot be deleted.
    """
    _empty(data.certificates)
    if hard:
        for folder in (data.clips, data.calls, data.log):
            _empty(folder)


def _empty(folder: Path) -> None:
    if not folder.is_dir():
        return
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()
