"""The rules of the local time of this process, as a POSIX time zone, whatever it is named by."""

from __future__ import annotations

import os
import zoneinfo
from pathlib import Path
from typing import Final

from conf.values.posix_time_zone import BadTimeZone, PosixTimeZone

LOCAL: Final = Path("/etc/localtime")
LARGEST_FILE: Final = 256 * 1024
"""Octets; zones have 4 KiB at most."""

UTC: Final = "UTC0"


def zone_rules() -> str:
    """What `TZ` says, or the machine where it says nothing (tzset(3)); reads a small file."""
    told = os.environ.get("TZ")
    if told is None:
        return rules_in(LOCAL) or UTC
    try:
        return str(PosixTimeZone.parse(told))
    except BadTimeZone:
        name = told.removeprefix(":")
    for folder in ("/", *zoneinfo.TZPATH):
        if rules := rules_in(Path(folder, name)):
            return rules
    return UTC


def rules_in(file: Path) -> str:
    """The rules for the years to come at the end of a zone's file (RFC 8536 §3.3); empty: none."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST_FILE)
    except OSError:
        return ""
    if not data.startswith(b"TZif"):
        return ""
    footer = data.rstrip(b"\n").rpartition(b"\n")[2]
    return footer.decode("ascii", "replace")
