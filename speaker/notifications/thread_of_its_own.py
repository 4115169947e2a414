"""Talks to strangers on a thread and a loop of its own.

Their answers may cost more than the main loop can spare: 64 KiB of chunks of one octet are 0.2 s of
work, and a server may go on with such things until its time is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from concurrent.futures import Future, InvalidStateError
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Work = Callable[[], Coroutine[None, None, None]]


class _Loop(asyncio.SelectorEventLoop):
    """Asks the DNS on its own thread: nobody else waits on it.

    On one more thread the program could not end before the DNS has answered.
    """

    async def getaddrinfo(  # type: ignore[override]
        self, host: str, port: int, **how: int
    ) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return socket.getaddrinfo(host, port, **how)  # type: ignore[return-value]


async def apart(work: Work) -> None:
    """Do `work` there, and wait for it; raises what it raises.

    Who is cancelled returns at once, and the work ends by itself as soon as it hears of that.
    """
    told = Future[None]()
    # None of the loop's threads: there are few of them, and a recipient may take its time.
    threading.Thread(target=_do, args=(work, told), name="recipient", daemon=True).start()
    await asyncio.wrap_future(told)


def _do(work: Work, told: Future[None]) -> None:
    try:
        with asyncio.Runner(loop_factory=_Loop) as runner:
            runner.run(_until_given_up(work, told))
    except BaseException as error:
        outcome: BaseException | None = error
    else:
        outcome = None
    with contextlib.suppress(InvalidStateError):  # nobody waits any more
        if outcome is None:
            told.set_result(None)
        else:
            told.set_exception(outcome)


async def _until_given_up(work: Work, told: Future[None]) -> None:
    loop = asyncio.get_running_loop()
    doing = loop.create_task(work())

    def on_end(_told: Future[None]) -> None:
        with contextlib.suppress(RuntimeError):  # the work is over, and its loop closed
            loop.call_soon_threadsafe(doing.cancel)

    told.add_done_callback(on_end)
    await doing
