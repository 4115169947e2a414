"""What VAPIX tells of the product: its software, and the machine that it runs on."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import speaker

DEVICE_TREE: Final = Path("/proc/device-tree")
BOARD: Final = Path("/sys/class/dmi/id/board_name")
PROCESSORS: Final = Path("/proc/cpuinfo")

LONGEST_FACT: Final = 64
"""Characters of what firmware says of its board."""


@cache
def build_date() -> str:
    """When this software was put here, as devices write it: `Feb 15 2019 09:42` (UTC)."""
    changed = Path(speaker.__file__).stat().st_mtime
    return datetime.fromtimestamp(changed, UTC).strftime("%b %d %Y %H:%M")


def architecture() -> str:
    """The machine's: `x86_64`, `aarch64`."""
    return platform.machine() or "unknown"


@cache
def hardware_id() -> str:
    """What board it is, as far as its firmware says so; else its architecture."""
    return _text(DEVICE_TREE / "model") or _text(BOARD) or architecture()


@cache
def soc() -> str:
    """The processor's name."""
    compatible = _text(DEVICE_TREE / "compatible")
    if compatible:
        return compatible.split(" ")[-1]
    return _processor("model name") or architecture()


@cache
def soc_serial_number() -> str:
    """The processor's own number; most have none that can be read, so it is often empty."""
    return _text(DEVICE_TREE / "serial-number") or _processor("Serial")


def _processor(key: str) -> str:
    for line in _lines(PROCESSORS):
        name, _, value = line.partition(":")
        if name.strip() == key:
            return _fact(value)
    return ""


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _text(file: Path) -> str:
    """What a file of the kernel says; the device tree's texts end with a NUL, or hold some."""
    return _fact(" ".join(_lines(file)).replace("\0", " "))


def _fact(text: str) -> str:
    """Fit for a line of ASCII."""
    words = " ".join(text.split()).encode("ascii", "ignore").decode()
    return "".join(each for each in words if each.isprintable())[:LONGEST_FACT]
