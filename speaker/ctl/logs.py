"""`log` and `audit`: what the device has noted, and who has done what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speaker.ctl.errand import count
from speaker.ctl.output import local, table
from speaker.ctl.told import Told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speaker.ctl.errand import Commands, Errand


def add_commands(commands: Commands) -> None:
    """Make them known."""
    log = commands.add("log", tell_log, "the last lines of the log")
    log.add_argument("--text", default="", metavar="T", help="only lines that have it in them")
    log.add_argument(
        "--access", action="store_true", help="attempts to get in that failed, in their place"
    )
    audit = commands.add("audit", tell_audit, "who has changed what")
    for each in (log, audit):
        each.add_argument(
            "--tail", type=count, default=200, metavar="N", help="how many (default: 200)"
        )


def tell_log(errand: Errand) -> None:
    """Print them, the oldest first."""
    options = errand.options
    kind = "access" if options.access else "system"
    query = {"tail": options.tail, "text": options.text, "kind": kind}
    told = errand.api.get("/log", query)
    errand.output.tell(told, map(_line, Told(told).objects("lines")))


def _line(line: Told) -> str:
    fields = line.part("fields").others("exception")
    told = "".join(f" {name}={value}" for name, value in fields.items())
    start = f"{local(line.text('at'))}  {line.text('level'):<8}  {line.text('event')}{told}"
    exception = line.part("fields").text("exception").strip().splitlines()
    # The rest of a traceback is for the server report.
    return f"{start}: {exception[-1]}" if exception else start


def tell_audit(errand: Errand) -> None:
    """Print it, the oldest first."""
    told = errand.api.get("/audit", {"tail": errand.options.tail})
    errand.output.tell(told, _deeds(Told(told)))


def _deeds(audit: Told) -> Iterable[str]:
    rows = [
        (local(each.text("at")), each.text("who"), each.text("address") or "-", each.text("what"))
        for each in audit.objects("entries")
    ]
    return table(("at", "who", "from", "what"), rows)
