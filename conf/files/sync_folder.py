"""Names of files that outlast a power cut."""

import errno
import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Return when the names of the files in `folder` are on the disk.

    Some file systems of networks cannot tell; with them there is nothing to wait for.

    Raises:
        OSError: the disk does not take them.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
