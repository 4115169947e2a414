"""On what the figures were measured."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ANSWERS_WITHIN_S = 60


def describe_machine() -> dict[str, str]:
    """Processor, system and the versions of everything that takes part."""
    return {
        "processor": f"{len(os.sched_getaffinity(0))} cores of {_processor()}",
        "system": f"{_distribution()}, Linux {platform.release()}, {platform.machine()}",
        "load before": f"{os.getloadavg()[0]:.2f} processes ready to run, on average of a minute",
        "Python": platform.python_version(),
        "speaker": _first_line(str(Path(sys.executable).with_name("speaker")), "--version"),
        "baresip": _first_line("baresip", "-h"),
        "sipp": _first_line("sipp", "-v"),
    }


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _distribution() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown distribution")


def _first_line(program: str, option: str) -> str:
    """The first line that a program says of itself, without its list of authors."""
    if shutil.which(program) is None:
        return "not installed"
    said = subprocess.run(
        [program, option],
        check=False,
        capture_output=True,
        text=True,
        timeout=ANSWERS_WITHIN_S,
        stdin=subprocess.DEVNULL,
    )
    lines = (said.stdout + said.stderr).strip().splitlines() or ["says nothing"]
    return lines[0].partition(" Copyright")[0].strip().rstrip(".")
