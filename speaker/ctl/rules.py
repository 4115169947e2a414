"""`trigger`: starts the rules that wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speaker.ctl.errand import Commands, Errand


def add_commands(commands: Commands) -> None:
    """Make them known."""
    trigger = commands.add("trigger", pull_trigger, "start the rules that wait for a trigger")
    trigger.add_argument("name", metavar="NAME", help='of `{event = "manual.trigger", name = …}`')


def pull_trigger(errand: Errand) -> None:
    """Whether any rule waits for it, nobody is told."""
    told = errand.api.post("/trigger", {"name": errand.options.name})
    errand.output.tell(told, [f"pulled the trigger {errand.options.name}"])
