"""The files of the log in the data folder: a JSON object a line, two files a log, bounded.

`log/system.jsonl` is the newest; once it is full it becomes `log/system.1.jsonl`, in place of the
one before. Nothing is forced onto the disk: the kernel keeps it when the program is killed.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

from conf.files.data_folder import FILE_MODE, FOLDER_MODE
from speaker.journal_line import MalformedLine, parse_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from speaker.journal_line import JournalLine, Kind

LARGEST_FILE: Final = 1024 * 1024
"""Octets, about 5,000 lines."""


class JournalFiles:
    """The log's files in one folder, used by one thread. A missing folder is made when needed."""

    def __init__(self, folder: Path, largest: int = LARGEST_FILE) -> None:
        self._folder = folder
        self._largest = largest

    def load(self, kind: Kind) -> list[JournalLine]:
        """The lines that are kept, the oldest first; what is no line is passed over."""
        lines = []
        for file in (self._older(kind), self._newest(kind)):
            for text in self._read(file).splitlines():
                try:
                    lines.append(parse_line(text))
                except MalformedLine:  # cut by a crash of the machine
                    continue
        return lines

    def append(self, lines: Iterable[tuple[Kind, JournalLine]]) -> None:
        """Write lines behind those that are there.

        Raises:
            OSError: the disk does not take them.
        """
        written: dict[Kind, list[bytes]] = {}
        for kind, line in lines:
            text = json.dumps(line.as_json(), ensure_ascii=True, separators=(",", ":"))
            written.setdefault(kind, []).append(f"{text}\n".encode("ascii"))
        for kind, texts in written.items():
            self._write(kind, b"".join(texts))

    def _write(self, kind: Kind, data: bytes) -> None:
        self._folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        file = self._newest(kind)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, FILE_MODE)
        with os.fdopen(descriptor, "rb+", buffering=0) as out:
            size = out.seek(0, os.SEEK_END)
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                data = b"\n" + data  # behind a line that was cut
            out.write(data)
        if size + len(data) > self._largest:
            file.replace(self._older(kind))

    def _read(self, file: Path) -> bytes:
        """The end of a file: nothing of ours is longer than this."""
        try:
            with file.open("rb") as opened:
                size = opened.seek(0, os.SEEK_END)
                opened.seek(max(size - 2 * self._largest, 0))
                return opened.read(2 * self._largest)
        except OSError:
            return b""

    def _newest(self, kind: Kind) -> Path:
        return self._folder / f"{kind.value}.jsonl"

    def _older(self, kind: Kind) -> Path:
        return self._folder / f"{kind.value}.1.jsonl"
