"""`restart`: the device begins anew."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from speaker.ctl.told import Told
from speaker.ctl.trouble import NoAnswer, Refused, Trouble

if TYPE_CHECKING:
    from speaker.ctl.errand import Commands, Errand

LONGEST_RESTART_S: Final = 60.0
LOOK_AGAIN_S: Final = 0.5
PATIENCE_S: Final = 5.0


def add_commands(commands: Commands) -> None:
    """Make them known."""
    restart = commands.add("restart", restart_device, "let the device begin anew; calls end")
    restart.add_argument("--wait", action="store_true", help="until it is there again")


def restart_device(errand: Errand) -> None:
    """The device answers before it does so."""
    told = errand.api.post("/restart")
    if not errand.options.wait:
        errand.output.tell(told, ["the device restarts"])
        return
    errand.api.close()
    until = time.monotonic() + LONGEST_RESTART_S
    while time.monotonic() < until:
        time.sleep(LOOK_AGAIN_S)
        boot = _boot(errand)
        if boot not in ("", Told(told).text("boot")):
            errand.output.tell(told, ["the device has restarted"])
            return
    raise Trouble(f"the device has not come back within {LONGEST_RESTART_S:.0f} s")


def _boot(errand: Errand) -> str:
    """The run that goes on; empty: none answers, or not yet to us."""
    try:
        api = errand.access.open(PATIENCE_S)
        try:
            return Told(api.get("/state")).part("boot").text("id")
        finally:
            api.close()
    except (NoAnswer, Refused):
        return ""
