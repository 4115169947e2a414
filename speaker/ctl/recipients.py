"""`recipients`: whom the speaker tells when something happens; whether they can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speaker.ctl.api import part
from speaker.ctl.output import table
from speaker.ctl.told import Told, objects_in
from speaker.ctl.trouble import Trouble

if TYPE_CHECKING:
    from speaker.ctl.errand import Commands, Errand


def add_commands(commands: Commands) -> None:
    """Make them known."""
    recipients = commands.below(commands.add("recipients", tell_recipients, "whom rules tell"))
    recipients.add("list", tell_recipients, "whom rules tell")
    test = recipients.add("test", test_recipient, "tell a recipient a test message")
    test.add_argument("name", metavar="NAME", help="of the recipient")


def tell_recipients(errand: Errand) -> None:
    """Print a table of them."""
    told = errand.api.get("/settings/recipients")
    rows = [
        (each.text("name"), each.text("type"), _where(each), each.text("username") or "-")
        for each in objects_in(told)
    ]
    headings = ("name", "type", "told at", "as")
    errand.output.tell(told, table(headings, rows) if rows else ["no recipients"])


def test_recipient(errand: Errand) -> None:
    """Say how it went; it has failed where the recipient was not told."""
    told = errand.api.post(f"/recipients/{part(errand.options.name)}/test")
    result, words = (Told(told).text(name) for name in ("result", "words"))
    if result != "ok":
        raise Trouble(words)
    errand.output.tell(told, [words])


def _where(recipient: Told) -> str:
    return (
        recipient.text("url")
        or recipient.text("email_to")
        or f"{recipient.text('host')}:{recipient.text('port')}"
    )
