"""From the first packet of a multicast page to the first sound in the room."""

from __future__ import annotations

import random
import socket
import time
from typing import TYPE_CHECKING

import numpy as np

from tools.bench import g711
from tools.bench.device import Address, Setup, Sound
from tools.bench.figure import Figure
from tools.bench.leg import Leg
from tools.bench.reading import Reading, times
from tools.bench.traffic import Traffic

if TYPE_CHECKING:
    from tools.bench.device import Device, Maker
    from tools.bench.figure import Run

PAGES = 10
GROUP = "239.255.0.1"
HEARD_WITHIN_S = 5.0
QUIET_S = 1.6
"""Silence between two pages: long enough that the device takes the next for a new one."""
CHANCE_S = 0.1


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Send a page, watch what is played until it is loud; again and again."""
    page = Address(GROUP, _free_port())
    setup = Setup(sound=Sound.WATCHED, page=page)
    with maker.start(setup, run.folder_for(maker)) as device:
        return times(
            maker.name, "first packet → sound", [_one_page(device, page) for _ in range(PAGES)]
        )


def _one_page(device: Device, page: Address) -> float:
    """One page of a loud tone, which begins with its first packet."""
    # A part of it by chance: silence is seen to end in step with the device's own clock.
    device.tap.wait_for_silence(QUIET_S + random.uniform(0, CHANCE_S))  # noqa: S311
    leg = Leg(_tone())
    leg.aim(page)
    try:
        wall_less_monotonic = time.time() - time.monotonic()
        with Traffic([leg]):
            heard = device.tap.wait_for_sound(HEARD_WITHIN_S)
    finally:
        leg.close()
    return heard + wall_less_monotonic - leg.departures[0]


def _tone() -> list[bytes]:
    """A second of 1 kHz at -6 dBFS, loud from its first sample."""
    phase = 2 * np.pi * 1000 * np.arange(g711.RATE_HZ) / g711.RATE_HZ
    return g711.payloads((0.5 * np.cos(phase)).astype(np.float32))


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PAGE_START = Figure(name="page", title="Page start", measure=measure)
