"""`certificates`: those of the device, and whom it trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speaker.ctl.output import table
from speaker.ctl.told import Told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speaker.ctl.errand import Commands, Errand


def add_commands(commands: Commands) -> None:
    """Make them known."""
    commands.add("certificates", tell_certificates, "the certificates there are, with fingerprints")


def tell_certificates(errand: Errand) -> None:
    """Print a table of them."""
    told = errand.api.get("/certificates")
    entries = Told(told).objects("certificates")
    errand.output.tell(told, _lines(entries) if entries else ["no certificates"])


def _lines(entries: list[Told]) -> Iterable[str]:
    rows = [row for entry in entries for row in _rows(entry)]
    return table(("certificate", "kind", "for", "until", "used by", "SHA-256"), rows)


def _rows(entry: Told) -> Iterable[tuple[str, ...]]:
    used_by = ", ".join(entry.texts("used_by")) or "-"
    kind = "own" if entry.flag("has_key") else "trusted"
    if problem := entry.text("problem"):
        yield entry.text("name"), kind, problem, "-", used_by, "-"
    elif not entry.objects("certificates"):
        yield entry.text("name"), "request", "waits for its answer", "-", used_by, "-"
    for i, each in enumerate(entry.objects("certificates")):
        names = ", ".join(each.texts("names")) or each.text("subject")
        until = each.text("not_after").partition("T")[0]
        # Those behind its own stand between it and its CA.
        which = "between" if i and entry.flag("has_key") else kind
        yield entry.text("name"), which, names, until, used_by, each.text("sha256")
