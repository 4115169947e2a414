"""Parts of a report as files of an archive, made in memory: a report is bounded."""

from __future__ import annotations

import io
import tarfile
import time
import zipfile
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


def zipped(files: Mapping[str, bytes], at: float) -> bytes:
    """A ZIP archive of files by name; `at` is their time, Unix seconds."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _dos_time(at)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tarred(files: Mapping[str, bytes], at: float, mode: Literal["w", "w:gz"] = "w") -> bytes:
    """A tar archive of files by name, compressed or not; `at` is their time, Unix seconds."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(data), int(at), 0o600
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def _dos_time(at: float) -> tuple[int, int, int, int, int, int]:
    """Local time, in the years that the format knows."""
    year, *rest = time.localtime(at)[:6]
    month, day, hour, minute, second = rest
    return (min(max(year, 1980), 2107), month, day, hour, minute, second)
