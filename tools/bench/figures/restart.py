"""A restart: for how long nobody is answered, by HTTP and by SIP."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from typing import TYPE_CHECKING, Final

from tools.bench.device import Setup
from tools.bench.errors import CannotDo
from tools.bench.figure import Figure
from tools.bench.process_cost import cost_of
from tools.bench.reading import Reading, times
from tools.bench.speaker_device import HOST, SPEAKER
from tools.bench.unanswered import Questions, by_http, by_sip

if TYPE_CHECKING:
    from tools.bench.device import Device, Maker
    from tools.bench.figure import Run

RESTARTS: Final = 20
PAUSE_S: Final = 3.0
"""Between them; a restart just after another one costs a little more."""
LONGEST_S: Final = 30.0
PATH: Final = "/healthz"
HTTP: Final = "no answer by HTTP"
SIP: Final = "no answer by SIP"


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Restart it by SIGHUP, one time after the other, while it is asked all the time."""
    if maker is not SPEAKER:
        raise CannotDo(f"{maker.name} begins anew as another process only")
    gaps: dict[str, list[float]] = {HTTP: [], SIP: []}
    with (
        maker.start(Setup(), run.folder_for(maker)) as device,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone,
    ):
        phone.bind((HOST, 0))
        time.sleep(PAUSE_S)
        before = cost_of(device.child.process_id).cpu_s
        for number in range(1, RESTARTS + 1):
            for name, gap_s in _restarted(device, phone, number).items():
                gaps[name].append(gap_s)
            time.sleep(PAUSE_S)
        spent = cost_of(device.child.process_id).cpu_s - before
    cpu = Reading(maker.name, "CPU, each", spent / RESTARTS * 1e3, "ms", "and of the questions")
    return [*(each for name, found in gaps.items() for each in times(maker.name, name, found)), cpu]


def _restarted(device: Device, phone: socket.socket, number: int) -> dict[str, float]:
    """The longest gap of each kind around its restart of this number."""
    if device.http is None:
        raise CannotDo("this device has no HTTP port")
    with (
        Questions(by_http(device.http, PATH)) as of_http,
        Questions(by_sip(phone, device.sip)) as of_sip,
    ):
        kinds = {HTTP: of_http, SIP: of_sip}
        for each in kinds.values():
            each.wait_for_answer(LONGEST_S)
        os.kill(device.child.process_id, signal.SIGHUP)
        device.child.wait_for_line(_ready_again(number))
        for each in kinds.values():
            each.wait_for_answer(LONGEST_S)
    return {name: each.longest_gap_s for name, each in kinds.items()}


def _ready_again(times_before: int) -> re.Pattern[str]:
    return re.compile(rf"(?:^ready .*\n(?:.*\n)*?){{{times_before + 1}}}", re.MULTILINE)


RESTART = Figure(
    name="restart",
    title="A restart in the process",
    measure=measure,
    reach={f"{HTTP}, worst": 2000, f"{SIP}, worst": 2000},
)
