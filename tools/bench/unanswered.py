"""For how long a device answers nobody: it is asked over and over, and each answer is noted."""

from __future__ import annotations

import http.client
import itertools
import socket
import threading
import time
from typing import TYPE_CHECKING, Final, Self

from tools.bench.device import Address
from tools.bench.errors import ChildFailed, Unreadable
from tools.bench.sip_text import CallText, read_response

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from tools.bench.device import HttpSide

    Ask = Callable[[], bool]

ASK_EVERY_S: Final = 0.01
HTTP_WITHIN_S: Final = 30.0
"""A connection that nobody accepts yet waits at the port."""
SIP_WITHIN_S: Final = 0.1
"""A datagram may be lost, and is sent again."""
LONGEST_DATAGRAM: Final = 65_536


def longest_gap_s(moments: Sequence[float]) -> float:
    """The longest time between two that follow one another, in seconds; they are in their order."""
    return max((later - one for one, later in itertools.pairwise(moments)), default=0.0)


class Questions:
    """Asks from the beginning of the `with` block to its end, on a thread of its own."""

    def __init__(self, ask: Ask) -> None:
        """`ask` returns whether it was answered; it may take its time."""
        self._ask = ask
        self._answered_at: list[float] = []
        self._is_answered = threading.Event()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)

    @property
    def longest_gap_s(self) -> float:
        """The longest time without an answer."""
        return longest_gap_s(self._answered_at)

    def wait_for_answer(self, within_s: float) -> None:
        """Return when one has come from now on.

        Raises:
            ChildFailed: none has come in time.
        """
        self._is_answered.clear()
        if not self._is_answered.wait(within_s):
            raise ChildFailed(f"nobody was answered for {within_s:g} s")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._ends.is_set():
            if self._ask():
                self._answered_at.append(time.monotonic())
                self._is_answered.set()
            self._ends.wait(ASK_EVERY_S)


def by_http(side: HttpSide, path: str) -> Ask:
    """A GET, each by a connection of its own; answered is what gets a status of 200."""

    def ask() -> bool:
        connection = http.client.HTTPConnection(side.host, side.port, timeout=HTTP_WITHIN_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def by_sip(asker: socket.socket, target: Address) -> Ask:
    """An OPTIONS each, by UDP."""
    asker.settimeout(SIP_WITHIN_S)
    here = Address(*asker.getsockname())
    numbers = itertools.count(1)

    def ask() -> bool:
        question = CallText(f"sip:speaker@{target.host}:{target.port}", here, f"o{next(numbers)}")
        try:
            asker.sendto(question.options(), target)
            while True:
                response = read_response(asker.recv(LONGEST_DATAGRAM))
                if response is not None and response.call_id == question.call_id:
                    return response.code == 200
        except (OSError, Unreadable):
            return False

    return ask
