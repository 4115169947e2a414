"""Starting the bare loop, to measure what it costs."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from tools.bench import bare_loop
from tools.bench.child import Child
from tools.bench.device import Address

if TYPE_CHECKING:
    from pathlib import Path

READY = re.compile(r"^ready (\d+)$", re.MULTILINE)


def start_bare_loop(folder: Path) -> tuple[Child, Address]:
    """Start it in a process of its own; where it takes RTP.

    Raises:
        ChildFailed: it did not come up.
    """
    child = Child([sys.executable, "-m", bare_loop.__name__], folder)
    ready = child.wait_for_line(READY)
    return child, Address("127.0.0.1", int(ready[1]))
