"""A program that says when it notices that addresses have changed, on the system's clock.

Run in a network namespace by `test_link_watch.py`: `ready`, then `changed SECONDS` for each change.
"""

import asyncio
import sys
import time

from nat.link_watch import NetlinkWatcher


async def _watch() -> None:
    watcher = NetlinkWatcher(asyncio.get_running_loop(), lambda: _say(f"changed {_now()}"))
    watcher.open()
    _say("ready")
    await asyncio.to_thread(sys.stdin.read)
    watcher.close()


def _now() -> float:
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_watch())
