"""The server report: everything that support asks for, without secrets, in one text."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from conf.store.store_error import StoreError
from conf.validation.problem import SettingsError
from media.devices.device import SoundDeviceError
from media.devices.portaudio import PORTAUDIO
from speaker.journal_line import Kind
from speaker.printable import printable
from speaker.reports.report_text import table, whole
from speaker.support.audit_text import audit_lines
from speaker.support.machine import machine_text, network_text, packages_text
from speaker.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

    from conf.store.settings_store import SettingsStore
    from speaker.device import Device
    from speaker.journal import Journal
    from speaker.reports.call_report import CallReport

LONGEST_SECTION: Final = 4 * 2**20
"""Characters; more of a log is cut at its beginning."""

WHOLE_CALLS: Final = 20
"""Calls of which everything is told; of the others a line."""

AUDITED: Final = 2000
"""Entries of the audit log."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report."""

    name: str
    """As a file is named."""
    text: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What has to be asked for on the main loop: the rest can be found out by a thread."""

    serial: str
    state: dict[str, Any]
    calls: tuple[CallReport, ...]
    store: SettingsStore
    data_folder: Path
    journal: Journal


def take_snapshot(device: Device) -> Snapshot:
    """The device as it is; quick."""
    return Snapshot(
        serial=device.serial,
        state=device.state(),
        calls=device.reports.reports,
        store=device.store,
        data_folder=device.data_folder,
        journal=device.journal,
    )


def make_report(snapshot: Snapshot) -> tuple[Section, ...]:
    """The whole report, part by part. Blocks for some tenths of a second."""
    makers: dict[str, Callable[[], str]] = {
        "product": lambda: _product(snapshot),
        "machine": lambda: machine_text(snapshot.data_folder),
        "network": network_text,
        "sound_devices": _sound_devices,
        "settings": snapshot.store.export,
        "fixed_settings": lambda: _listed(snapshot.store.fixed),
        "state": lambda: json.dumps(snapshot.state, indent=1, ensure_ascii=False, default=str),
        "calls": lambda: _calls(snapshot.calls),
        "system_log": lambda: journal_text(snapshot.journal, Kind.SYSTEM),
        "access_log": lambda: journal_text(snapshot.journal, Kind.ACCESS),
        "audit_log": lambda: "\n".join(audit_lines(snapshot.store.audit.entries(AUDITED))),
        "packages": packages_text,
    }
    return tuple(Section(name, _bounded(_made(make))) for name, make in makers.items())


def as_text(sections: Sequence[Section]) -> str:
    """All parts, each below its name."""
    return "".join(
        f"===== {each.name.replace('_', ' ')} =====\n\n{each.text.rstrip()}\n\n"
        for each in sections
    )


def journal_text(journal: Journal, kind: Kind, containing: str = "") -> str:
    """A log as text, or its lines that have something in them, in whatever case."""
    host, process = socket.gethostname(), os.getpid()
    lines = (line.text(host, process) for line in journal.lines(kind))
    wanted = containing.casefold()
    return "".join(f"{line}\n" for line in lines if wanted in line.casefold())


def _made(make: Callable[[], str]) -> str:
    """A part of which something is wrong must not cost support the others."""
    try:
        return make()
    except (OSError, ValueError, SettingsError, StoreError) as error:
        return f"cannot be told: {printable(str(error))}"


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST_SECTION else f"…\n{text[-LONGEST_SECTION:]}"


def _product(snapshot: Snapshot) -> str:
    brand = snapshot.store.settings.brand
    facts = {
        "brand": brand.brand,
        "product": brand.product_full_name,
        "number": brand.product_number,
        "name": snapshot.store.settings.device.name,
        "serial": snapshot.serial,
        "version": VERSION,
        "process": str(os.getpid()),
        "reported at": datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
    }
    return _listed(facts)


def _listed(facts: Any) -> str:
    return "\n".join(f"{name}: {printable(str(value))}" for name, value in facts.items())


def _sound_devices() -> str:
    try:
        cards = PORTAUDIO.cards()
    except SoundDeviceError as error:
        return f"cannot be told: {printable(str(error))}"
    return "\n".join(printable(repr(card)) for card in cards) or "there are none"


def _calls(reports: tuple[CallReport, ...]) -> str:
    if not reports:
        return "there were none"
    lines = [*table(reports, width=120)]
    for report in reports[-WHOLE_CALLS:]:
        lines += ["", *whole(report)]
    return "\n".join(printable(line) for line in lines)
