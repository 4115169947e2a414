"""Starting the load of an HTTP port, and reading what became of its requests."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Self

from tools.bench import http_load
from tools.bench.child import Child
from tools.bench.http_load import Requests

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from tools.bench.device import HttpSide

READY = re.compile(r"^ready$", re.MULTILINE)
RESULT = re.compile(r"^\{.*\}$", re.MULTILINE)


class HttpLoad:
    """Loads a device's HTTP port while the `with` block lasts; then `requests` are known."""

    def __init__(self, folder: Path, http: HttpSide) -> None:
        folder.mkdir()
        command = [sys.executable, "-m", http_load.__name__, http.host, str(http.port), http.token]
        self._child = Child(command, folder)
        self.requests = Requests()

    def __enter__(self) -> Self:
        self._child.wait_for_line(READY)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.end()
        if error is None:
            self.requests = Requests(**json.loads(self._child.wait_for_line(RESULT)[0]))
