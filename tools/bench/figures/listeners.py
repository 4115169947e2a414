"""From a key to the sound that a rule starts, while a thousand listen to the device's events."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

from tools.bench import listeners
from tools.bench.child import Child
from tools.bench.errors import CannotDo
from tools.bench.figure import Figure
from tools.bench.figures.clip_start import PRESSES, delays_of, key_device
from tools.bench.listeners import Heard
from tools.bench.reading import Reading, times

if TYPE_CHECKING:
    from pathlib import Path

    from tools.bench.device import HttpSide, Maker
    from tools.bench.figure import Run

COUNT = 1000
ALONE = "key → sound, nobody listens"
WATCHED = f"key → sound, {COUNT} listen"
UNHEARD = "keys that a listener did not hear of"
READY = re.compile(r"^ready$", re.MULTILINE)
RESULT = re.compile(r"^\{.*\}$", re.MULTILINE)


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Press the key as often with nobody listening, then with everybody."""
    folder = run.folder_for(maker)
    with key_device(maker, folder) as device:
        if device.http is None:
            raise CannotDo("this device tells nobody what happens")
        alone = delays_of(device)
        crowd = _crowd(folder / "listeners", device.http)
        crowd.wait_for_line(READY)
        watched = delays_of(device)
        crowd.end()
        heard = Heard(**json.loads(crowd.wait_for_line(RESULT)[0]))
    unheard = PRESSES - heard.digits_fewest
    note = f"of {PRESSES}; the others heard of {heard.digits_most}; {heard.left} were cut off"
    return [
        *times(maker.name, ALONE, alone),
        *times(maker.name, WATCHED, watched),
        Reading(maker.name, UNHEARD, unheard, "", note),
    ]


def _crowd(folder: Path, http: HttpSide) -> Child:
    folder.mkdir()
    where = [http.host, str(http.port), http.token, str(COUNT)]
    return Child([sys.executable, "-m", listeners.__name__, *where], folder)


LISTENERS = Figure(
    name="listeners",
    title="Key → first sound of a clip, beside a thousand listeners to events",
    measure=measure,
    reach={f"{WATCHED}, median": 30.0, UNHEARD: 0},
)
