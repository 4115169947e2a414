"""One call that lasts, with sound both ways, and something beside it that loads the device."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tools.bench import g711
from tools.bench.caller import Call
from tools.bench.device import Address, Setup, Sound
from tools.bench.errors import BenchError
from tools.bench.leg import Leg
from tools.bench.shift import noise
from tools.bench.traffic import Traffic
from tools.bench.underrun_count import engine_figures
from tools.stall_watch import StallWatch

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tools.bench.device import Device, Maker

    Beside = TypeVar("Beside")

SETTLE_S = 1.0
LOOP = Setup(sound=Sound.LOOP)


@dataclass(frozen=True, slots=True)
class LongCall:
    """How one call went."""

    seconds: float
    received: int
    longest_gap_s: float
    sent_late_s: float
    """How late the bench sent its latest packet."""
    stood_still_s: float
    """For how long the machine did, at most."""
    figures: dict[str, float] | str
    """What the engine tells of itself; or why it does not."""


def long_call(
    maker: Maker,
    folder: Path,
    seconds: float,
    beside: Callable[[Device], AbstractContextManager[Beside]],
    setup: Setup = LOOP,
) -> tuple[LongCall, Beside]:
    """Call a device of its own in `folder`; `beside` begins and ends when the measurement does.

    Raises what `beside` does.
    """
    with contextlib.ExitStack() as stack:
        leg = Leg(g711.payloads(noise(500, seed=1)))
        stack.callback(leg.close)
        watch = stack.enter_context(StallWatch())
        device = stack.enter_context(maker.start(setup, folder))
        here = Address(device.sip.host, leg.port)
        call = stack.enter_context(Call(device.sip, device.uri(), here))
        leg.aim(call.answered().sound)
        with Traffic([leg]) as traffic, beside(device) as load:
            time.sleep(SETTLE_S)
            leg.mark()
            watch.stalls()
            time.sleep(seconds)
            received, longest_gap_s = leg.received_since_mark, leg.longest_gap_s
            stood_still_s = watch.longest_s()
        call.hang_up()
        figures = _figures(maker, device)
    went = LongCall(seconds, received, longest_gap_s, traffic.latest_s, stood_still_s, figures)
    return went, load


def _figures(maker: Maker, device: Device) -> dict[str, float] | str:
    try:
        return engine_figures(maker, device)
    except BenchError as error:
        return str(error)
