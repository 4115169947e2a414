"""`restart` and `factory-default`: the device begins anew."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from speaker.ctl.asking import is_meant
from speaker.ctl.told import Told
from speaker.ctl.trouble import NoAnswer, Refused, Trouble

if TYPE_CHECKING:
    from speaker.ctl.errand import Commands, Errand

LONGEST_RESTART_S: Final = 60.0
LOOK_AGAIN_S: Final = 0.5
PATIENCE_S: Final = 5.0

SOFT: Final = "settings, accounts, tokens and certificates; calls end"
HARD: Final = (
    "settings, the ports of HTTP as well, accounts, tokens, certificates, clips, reports and the"
    " log; calls end"
)
YES: Final = "--yes"


def add_commands(commands: Commands) -> None:
    """Make them known."""
    restart = commands.add("restart", restart_device, "let the device begin anew; calls end")
    restart.add_argument("--wait", action="store_true", help="until it is there again")
    default = commands.add("factory-default", to_factory_default, f"let the device forget {SOFT}")
    default.add_argument("--hard", action="store_true", help=f"forget {HARD}")
    default.add_argument(YES, action="store_true", help="it is meant: ask nothing")


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


def to_factory_default(errand: Errand) -> None:
    """Nothing brings back what is forgotten, so a person is asked which device it is."""
    options, api = errand.options, errand.api
    if not options.yes:
        device = Told(api.get("/state")).part("device")
        which = f"{device.text('name')}, serial {device.text('serial')},"
        if not is_meant(f"{which} forgets {HARD if options.hard else SOFT}.", YES):
            raise Trouble("nothing was done")
    told = api.post("/factory-default", {"hard": options.hard})
    errand.output.tell(told, ["the device goes back to its defaults and restarts"])


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
