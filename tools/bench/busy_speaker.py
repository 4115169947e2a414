"""`python -m tools.bench.busy_speaker …`: the speaker, whose main loop can be kept busy.

On SIGUSR1 the loop begins to run Python without a pause, in turns between which it does what else
it has to do; on the next one it stops, and tells how much it ran. All else is the speaker's own.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from typing import TYPE_CHECKING
from unittest.mock import patch

import uvloop

from speaker import main as speaker

if TYPE_CHECKING:
    from collections.abc import Coroutine

TURN_S = 0.02
"""For so long the loop does nothing else. What it is asked for meanwhile waits."""
STEPS = 1000
"""Of a sum, between two looks at the clock."""


class BusyWork:
    """Work for the main loop that holds the interpreter: a sum of squares."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._is_on = False

    def switch(self) -> None:
        """Begin, or end and tell what was done."""
        self._is_on = not self._is_on
        if self._is_on:
            self._turns, self._began, self._began_cpu = 0, time.monotonic(), time.thread_time()
            self._loop.call_soon(self._turn)
            print("busy", flush=True)
            return
        took_s = time.monotonic() - self._began
        cpu = (time.thread_time() - self._began_cpu) / took_s
        print(json.dumps({"turns": self._turns, "seconds": took_s, "cpu": cpu}), flush=True)

    def _turn(self) -> None:
        until, total = time.monotonic() + TURN_S, 0
        while time.monotonic() < until:
            for number in range(STEPS):
                total += number * number
        self._turns += 1
        if self._is_on:
            self._loop.call_soon(self._turn)


def main() -> int:
    """Be the speaker, and obey one signal more."""
    run = uvloop.run

    def run_with_work(device: Coroutine[object, object, None]) -> None:
        async def beside_work() -> None:
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGUSR1, BusyWork(loop).switch)
            await device

        run(beside_work())

    with patch.object(uvloop, "run", run_with_work):
        return speaker.main()


if __name__ == "__main__":
    sys.exit(main())
