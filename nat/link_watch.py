"""Sees at once when this machine's way to others has changed: a cable, an address, a route."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING, Final

from nat.rtnetlink import (
    GROUPS,
    Dump,
    DumpDone,
    InterfaceAddress,
    InterfaceAddressGone,
    Link,
    LinkGone,
    Notice,
    RouteChanged,
    dump_request,
    parse_notices,
)

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

SETTLE_S: Final = 0.03
"""A cable that is plugged in brings a dozen notices: quiet for this long, and they are one."""

LONGEST_WAIT_S: Final = 0.09
"""News is told after this long, even if notices never cease."""

MAXIMUM_ENTRIES: Final = 4096
"""Interfaces and addresses remembered. What is beyond counts as new whenever it is told of."""

LONGEST_ANSWER_S: Final = 1.0
"""The kernel answers within microseconds."""

MAXIMUM_DATAGRAM: Final = 65536
"""The kernel fills dumps up to 32 KiB at a time (`NLMSG_GOODSIZE`)."""


class LinkWatch:
    """Tells real changes from repeated news, and several changes at once from one another.

    The kernel repeats itself (each router advertisement renews an address), so what it has told is
    remembered. Feed it what the netlink socket gives and send what it returns; when `deadline` has
    passed, `on_timer(now)` says whether the addresses have changed. `now` is in monotonic seconds.
    """

    def __init__(self) -> None:
        self._links: dict[int, bool] = {}
        self._addresses: dict[tuple[int, bytes, int], bool] = {}
        self._to_ask: list[Dump] = []
        self._learning = True
        self._first_at: float | None = None
        self._latest_at = 0.0

    def start(self) -> bytes:
        """The first request to the kernel: what is there already is no news."""
        self._links.clear()
        self._addresses.clear()
        self._learning = True
        self._to_ask = [Dump.ADDRESSES]
        return dump_request(Dump.LINKS, sequence=1)

    def receive(self, data: bytes, now: float) -> bytes:
        """Take one datagram of the kernel; returns the next request, `b""` when there is none."""
        request = b""
        for notice in parse_notices(data):
            if isinstance(notice, DumpDone):
                request = self._ask_on()
            elif self._is_new(notice) and not self._learning:
                self._note_change(now)
        return request

    def overrun(self, now: float) -> bytes:
        """Notices were lost: something has changed, and all is asked for again."""
        self._note_change(now)
        return self.start()

    @property
    def learning(self) -> bool:
        """Whether the kernel has not told yet what is there: until then nothing is news."""
        return self._learning

    @property
    def remembered(self) -> int:
        """How many interfaces and addresses are kept."""
        return len(self._links) + len(self._addresses)

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is due; None while there is no news."""
        if self._first_at is None:
            return None
        return min(self._latest_at + SETTLE_S, self._first_at + LONGEST_WAIT_S)

    def on_timer(self, now: float) -> bool:
        """Whether there is a change to be told now."""
        if self.deadline is None or now < self.deadline:
            return False
        self._first_at = None
        return True

    def _ask_on(self) -> bytes:
        if not self._to_ask:
            self._learning = False
            return b""
        return dump_request(self._to_ask.pop(0), sequence=2)

    def _note_change(self, now: float) -> None:
        if self._first_at is None:
            self._first_at = now
        self._latest_at = now

    def _is_new(self, notice: Notice) -> bool:
        match notice:
            case Link(index, up):
                before = self._links.get(index, False)
                if index in self._links or len(self._links) < MAXIMUM_ENTRIES:
                    self._links[index] = up
                return before != up and self._has_addresses(index)
            case LinkGone(index):
                was_up = self._links.pop(index, False)
                return was_up and self._has_addresses(index)
            case InterfaceAddress(index, address, prefix_length, usable):
                key = (index, address, prefix_length)
                before = self._addresses.get(key, False)
                if key in self._addresses or len(self._addresses) < MAXIMUM_ENTRIES:
                    self._addresses[key] = usable
                return before != usable
            case InterfaceAddressGone(index, address, prefix_length):
                return self._addresses.pop((index, address, prefix_length), True)
            case RouteChanged():
                return True
            case DumpDone():
                return False

    def _has_addresses(self, index: int) -> bool:
        """An interface without any, such as the port of a bridge, leads nobody anywhere."""
        return any(each == index for each, _, _ in self._addresses)


class NetlinkWatcher:
    """A `LinkWatch` on a netlink socket of its own and on an asyncio loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, on_change: Callable[[], None]) -> None:
        self._loop = loop
        self._on_change = on_change
        self._watch = LinkWatch()
        self._socket: socket.socket | None = None
        self._timer: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Listen to the kernel, which tells at once what is there already.

        The loop has other work while the device starts; a change in that time would be taken for
        what had been there before. So the answers are not left to the loop: it waits for them.

        Raises:
            OSError: this system has no netlink, or does not let us have it.
        """
        opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        try:
            opened.settimeout(LONGEST_ANSWER_S)
            opened.bind((0, GROUPS))
            request = self._watch.start()
            while self._watch.learning:
                if request:
                    opened.send(request)
                request = self._take(opened)
            opened.setblocking(False)
        except OSError:
            opened.close()
            raise
        self._socket = opened
        self._loop.add_reader(opened.fileno(), self._on_readable)

    def close(self) -> None:
        """Hear nothing any more; closing twice is allowed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._socket is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _on_readable(self) -> None:
        if self._socket is None:
            return
        try:
            request = self._take(self._socket)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            request = self._watch.overrun(self._loop.time())
        if request:
            self._socket.send(request)
        self._wake_in_time()

    def _take(self, opened: socket.socket) -> bytes:
        """Take one datagram; what to ask the kernel next."""
        data, (port, _) = opened.recvfrom(MAXIMUM_DATAGRAM)
        # Any program may send to our socket: the kernel alone has port 0.
        return self._watch.receive(data, self._loop.time()) if port == 0 else b""

    def _wake_in_time(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self._watch.deadline
        self._timer = None if due is None else self._loop.call_at(due, self._on_timer, due)

    def _on_timer(self, due: float) -> None:
        self._timer = None
        # Loops round to their own resolution, and may wake us a little early.
        if self._watch.on_timer(max(due, self._loop.time())):
            self._on_change()
        self._wake_in_time()
