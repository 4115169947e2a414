"""`accounts`: of those who may log in; the first administrator can be made here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speaker.ctl.api import part
from speaker.ctl.asking import new_secret
from speaker.ctl.output import table
from speaker.ctl.told import Told, objects_in
from speaker.ctl.trouble import Trouble, WrongUsage

if TYPE_CHECKING:
    from speaker.ctl.errand import Commands, Errand

ROLES: Final = ("viewer", "operator", "administrator")
FIRST: Final = "administrator"
PASSWORD: Final = "SPEAKER_NEW_PASSWORD"  # noqa: S105 - the name of a variable


def add_commands(commands: Commands) -> None:
    """Make them known."""
    accounts = commands.below(commands.add("accounts", tell_accounts, "who may log in"))
    accounts.add("list", tell_accounts, "who may log in")
    add = accounts.add("add", add_account, "add an account; the first one is an administrator")
    add.add_argument("name", metavar="NAME", help="1 to 14 letters and digits")
    add.add_argument("--role", choices=ROLES, help="needed for all but the first one")
    add.add_argument("--comment", default="", help="whatever helps to remember whose it is")
    password = accounts.add("password", change_password, "give an account another password")
    password.add_argument("name", metavar="NAME", help="of the account")
    remove = accounts.add("remove", remove_account, "delete an account")
    remove.add_argument("name", metavar="NAME", help="of the account")
    for each in (add, password):
        each.epilog = f"The password is asked for, or stands in {PASSWORD}."


def tell_accounts(errand: Errand) -> None:
    """Print a table of them."""
    told = errand.api.get("/accounts")
    rows = [
        (each.text("name"), each.text("role"), each.text("comment")) for each in objects_in(told)
    ]
    errand.output.tell(told, table(("name", "role", "comment"), rows) if rows else ["nobody yet"])


def add_account(errand: Errand) -> None:
    """Add one; where nobody can log in yet, that one is the first administrator."""
    options, api = errand.options, errand.api
    is_first = Told(api.get("/setup")).flag("needed")
    if is_first and options.role not in (None, FIRST):
        raise Trouble(f"the first account is an {FIRST}'s: {options.role} would be locked out")
    if not is_first and options.role is None:
        raise WrongUsage(f"--role is needed: {', '.join(ROLES)}")
    api.keep_private("the password")
    password = new_secret(PASSWORD, f"Password for {options.name}: ")
    if is_first and not api.shows_who_asks:
        told = api.post("/setup", {"name": options.name, "password": password})
    else:
        role = options.role or FIRST
        body = {"name": options.name, "role": role, "comment": options.comment}
        told = api.post("/accounts", {**body, "password": password})
    account = Told(told)
    errand.output.tell(told, [f"added {account.text('name')}, {account.text('role')}"])


def change_password(errand: Errand) -> None:
    """Those who are logged in as that one have to log in again."""
    name = errand.options.name
    errand.api.keep_private("the password")
    body = {"password": new_secret(PASSWORD, f"New password for {name}: ")}
    told = errand.api.send("PATCH", f"/accounts/{part(name)}", body)
    errand.output.tell(told, [f"{name} has another password"])


def remove_account(errand: Errand) -> None:
    """Delete it."""
    told = errand.api.delete(f"/accounts/{part(errand.options.name)}")
    errand.output.tell(told, [f"removed {errand.options.name}"])
