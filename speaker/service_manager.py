"""What systemd is told of the device, and how it learns that it hangs (sd_notify(3), Type=notify).

Messages are datagrams to the socket that `NOTIFY_SOCKET` names; without it nothing is sent. While
the unit has `WatchdogSec=`, a sign of life is due in that time, and systemd starts the speaker anew
when none comes. It is given by the main loop, and only while the sound engine ticks: when either
hangs, the speaker is dead to whoever calls it.
"""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING, Final, Self

import structlog

from speaker.events import Condition, Gone

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

    from speaker.events import Bus, Event

log = structlog.get_logger(__name__)

SIGNS_IN_TIME: Final = 3
"""How many signs of life fall into the time that the watchdog waits."""

REGISTERED: Final = ("registered", "secondary")


class ServiceManager:
    """systemd, or nobody."""

    def __init__(self, address: str = "", watchdog_s: float | None = None) -> None:
        """`address` is a path, or an abstract name after an `@`; empty: there is none."""
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self.watchdog_s = watchdog_s
        """How long no sign of life may come; None: there is no watchdog."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """The one that has started this process."""
        watchdog = environment.get("WATCHDOG_USEC", "")
        is_meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        watched = is_meant and watchdog.isdecimal() and int(watchdog) > 0
        return cls(environment.get("NOTIFY_SOCKET", ""), int(watchdog) / 1e6 if watched else None)

    def ready(self) -> None:
        """The device can take calls."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """It begins anew, and will be ready again; systemd 253 wants to know since when."""
        now_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell("RELOADING=1", f"MONOTONIC_USEC={now_us}")

    def stopping(self) -> None:
        """It ends for good."""
        self._tell("STOPPING=1")

    def status(self, text: str) -> None:
        """How it is, for `systemctl status`."""
        self._tell(f"STATUS={text}")

    def alive(self) -> None:
        """It does not hang."""
        self._tell("WATCHDOG=1")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            log.warning("systemd cannot be told", what=lines[0], why=error.strerror)


class Heartbeat:
    """Gives signs of life while both the loop and the sound engine have any."""

    def __init__(
        self, manager: ServiceManager, loop: asyncio.AbstractEventLoop, ticks: Callable[[], int]
    ) -> None:
        """`ticks` counts those of the sound engine since its start."""
        self._manager = manager
        self._loop = loop
        self._ticks = ticks
        self._seen = -1
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin, if there is a watchdog."""
        if self._manager.watchdog_s is not None:
            self._beat_every(self._manager.watchdog_s / SIGNS_IN_TIME)

    def stop(self) -> None:
        """Give none any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _beat_every(self, seconds: float) -> None:
        self.beat()
        self._timer = self._loop.call_later(seconds, self._beat_every, seconds)

    def beat(self) -> None:
        """Give a sign of life, if the sound engine has ticked since the last one."""
        ticks = self._ticks()
        if ticks != self._seen:
            self._manager.alive()
        else:
            log.critical("the sound engine hangs; systemd will start the speaker anew", ticks=ticks)
        self._seen = ticks


class StatusLine:
    """Keeps the line of `systemctl status` true."""

    def __init__(self, manager: ServiceManager, bus: Bus, calls: Callable[[], int]) -> None:
        """`calls` counts those that are up."""
        self._manager = manager
        self._calls = calls
        self._accounts: dict[str, object] = {}
        self._told = ""
        self.stop = bus.listen(self._on_event)
        """Say nothing more."""

    def _on_event(self, event: Event) -> None:
        match event:
            case Condition("sip.registration", value, of=account):
                self._accounts[account] = value
            case Gone("sip.registration", of=account):
                self._accounts.pop(account, None)
            case Condition("call.state"):
                pass
            case _:
                return
        calls, states = self._calls(), self._accounts.values()
        text = f"{calls} {'call' if calls == 1 else 'calls'}"
        asked = sum(state != "unregistered" for state in states)
        if asked:
            text += f", {sum(state in REGISTERED for state in states)} of {asked} registered"
        if text != self._told:
            self._told = text
            self._manager.status(text)
