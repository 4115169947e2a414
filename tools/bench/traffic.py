"""RTP of several calls at once, each packet at its appointed time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

from tools.bench.rtp_packet import PACKET_S

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from tools.bench.leg import Leg


def appointment(start: float, packet: int, leg: int, legs: int) -> float:
    """When a packet of a leg is due: every 20 ms, the legs spread evenly within them.

    Counted from the start and not from the packet before, so that lateness does not add up.
    """
    return start + (packet + leg / legs) * PACKET_S


class Traffic:
    """Sends on all legs from a thread of its own while the `with` block lasts.

    What has arrived at a leg is taken when the leg sends: one waking per packet and leg, and the
    times are the kernel's. So the bench costs little beside what it measures.
    """

    def __init__(self, legs: Sequence[Leg]) -> None:
        self._legs = tuple(legs)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic")
        self.cpu_s = 0.0
        """What sending and receiving has cost the bench, in seconds of a core, after the end."""
        self.latest_s = 0.0
        """How late the latest packet was sent."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        start = time.monotonic()
        packet = 0
        while self._legs and not self._stopped.is_set():
            for number, leg in enumerate(self._legs):
                due = appointment(start, packet, number, len(self._legs)) + leg.next_late_s
                time.sleep(max(0.0, due - time.monotonic()))
                self.latest_s = max(self.latest_s, time.monotonic() - due)
                leg.send_next()
                leg.collect()
            packet += 1
        for leg in self._legs:
            leg.collect()
        self.cpu_s = time.thread_time()
