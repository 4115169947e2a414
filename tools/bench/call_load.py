"""What a device uses while calls are up, sound both ways in each."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from tools.bench.caller import Call
from tools.bench.device import Address
from tools.bench.process_cost import cost_of, memory_of
from tools.bench.rtp_packet import PACKET_S
from tools.bench.sip_text import PCMU
from tools.bench.traffic import Traffic

if TYPE_CHECKING:
    from types import TracebackType

    from tools.bench.device import Device
    from tools.bench.leg import Leg

SETTLE_S = 1.5
"""Time for buffers to fill and code to be loaded before the clocks are read."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a device used during one measurement, per second and in percent of a core."""

    cpu: float
    waited: float
    bench: float
    """What the bench itself used to send and to receive."""
    returned: float
    """Packets that came back, in percent of those that were due."""
    resident_mb: float

    @property
    def note(self) -> str:
        """What tells how far the number can be believed."""
        return (
            f"waited {self.waited:.2f} % for a core; bench itself {self.bench:.2f} %;"
            f" {self.returned:.1f} % of the packets came back"
        )


class CallsUp:
    """Calls to one device at the same time; closed, not hung up, when the `with` block fails."""

    def __init__(
        self, device: Device, new_leg: Callable[[int], Leg], formats: tuple[str, ...] = PCMU
    ) -> None:
        """`new_leg`: the sound of the n-th call, in the codec of `formats`."""
        self._device = device
        self._new_leg = new_leg
        self._formats = formats
        self._legs: list[Leg] = []
        self._calls: list[Call] = []
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def grow_to(self, calls: int) -> None:
        """Add calls until there are so many.

        Raises:
            CallFailed: the device does not take one.
        """
        while len(self._legs) < calls:
            leg = self._new_leg(len(self._legs))
            self._stack.callback(leg.close)
            here = Address(self._device.sip.host, leg.port)
            uri = self._device.uri(len(self._legs))
            call = self._stack.enter_context(
                Call(self._device.sip, uri, here, self._formats, leg.srtp)
            )
            leg.aim(call.answered().sound)
            self._legs.append(leg)
            self._calls.append(call)

    def load(self, seconds: float) -> Load:
        """What the device uses with the calls that are up."""
        return load_of(self._device.child.process_id, self._legs, seconds)

    def hang_up(self) -> None:
        """End every call, and wait until the device has confirmed it."""
        for call in self._calls:
            call.hang_up()


def load_of(process_id: int, legs: Sequence[Leg], seconds: float) -> Load:
    """Let all legs speak, and read the clocks of the process at both ends of `seconds`."""
    with Traffic(legs) as traffic:
        start = time.monotonic()
        time.sleep(SETTLE_S)
        for leg in legs:
            leg.mark()
        before, began = cost_of(process_id), time.monotonic()
        time.sleep(seconds)
        after, ended = cost_of(process_id), time.monotonic()
        returned = sum(leg.received_since_mark for leg in legs)
        resident = memory_of(process_id)
    took = ended - began
    due = len(legs) * took / PACKET_S
    return Load(
        cpu=100 * (after.cpu_s - before.cpu_s) / took,
        waited=100 * (after.waited_s - before.waited_s) / took,
        bench=100 * traffic.cpu_s / (ended - start),
        returned=100 * returned / due if due else 100.0,
        resident_mb=resident,
    )
