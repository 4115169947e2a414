"""`tokens`: by which programs log in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from speaker.ctl.accounts import ROLES
from speaker.ctl.api import part
from speaker.ctl.errand import count
from speaker.ctl.output import local, table
from speaker.ctl.told import Told, objects_in

if TYPE_CHECKING:
    from speaker.ctl.errand import Commands, Errand

HEADINGS: Final = ("name", "role", "made", "by", "expires", "last used")
LONGEST_DAYS: Final = 36500


def add_commands(commands: Commands) -> None:
    """Make them known."""
    tokens = commands.below(commands.add("tokens", tell_tokens, "tokens that programs log in by"))
    tokens.add("list", tell_tokens, "tokens that programs log in by")
    add = tokens.add("add", add_token, "make a token, and show it this once")
    add.add_argument("name", metavar="NAME", help="what program it is for: 1 to 64 characters")
    add.add_argument("--role", choices=ROLES, required=True, help="what it may do")
    add.add_argument(
        "--days", type=count, metavar="N", help="how long it counts (default: for ever)"
    )
    remove = tokens.add("remove", remove_token, "let a token count no longer")
    remove.add_argument("name", metavar="NAME", help="of the token")


def tell_tokens(errand: Errand) -> None:
    """Print a table of them."""
    told = errand.api.get("/tokens")
    rows = [
        (
            each.text("name"),
            each.text("role"),
            local(each.text("made_at")),
            each.text("made_by"),
            local(each.text("expires_at")) or "never",
            local(each.text("used_at")) or "never",
        )
        for each in objects_in(told)
    ]
    errand.output.tell(told, table(HEADINGS, rows) if rows else ["none"])


def add_token(errand: Errand) -> None:
    """The token is the last line, by itself."""
    options = errand.options
    errand.api.keep_private("the token")
    body = {"name": options.name, "role": options.role}
    if options.days is not None:
        end = datetime.now(UTC) + timedelta(days=min(options.days, LONGEST_DAYS))
        body["expires_at"] = end.isoformat(timespec="seconds")
    told = errand.api.post("/tokens", body)
    made = Told(told)
    said = f"added {made.text('name')}, {options.role}; nobody can look its token up later:"
    errand.output.tell(told, [said, made.text("token")])


def remove_token(errand: Errand) -> None:
    """Who uses it is logged out at once."""
    told = errand.api.delete(f"/tokens/{part(errand.options.name)}")
    errand.output.tell(told, [f"removed {errand.options.name}"])
