"""Connections are bounded in time and number."""

import asyncio
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from speaker.http.connection import KEEP_ALIVE_S, LONGEST_HEAD, Connection, Wait
from speaker.http.crowd import Crowd

HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Clock:
    """A loop's timers and tasks, whose time passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[tuple[float, Timer]] = []
        self.tasks: list[asyncio.Task[None]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> "Timer":
        timer = Timer(callback)
        self.timers.append((self.now + delay, timer))
        return timer

    def create_task(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.append(task)
        return task

    def pass_to(self, now: float) -> None:
        """Let time pass."""
        self.now = now
        due = [each for each in self.timers if each[0] <= now]
        self.timers = [each for each in self.timers if each[0] > now]
        for _, timer in due:
            timer.fire()


class Timer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self._callback = None

    def fire(self) -> None:
        if self._callback is not None:
            self._callback()


class Wire(asyncio.Transport):
    """What the client at the other end sees."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self.sent = b""
        self.closed = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": (self._address, 1), "sockname": ("192.0.2.1", 80)}.get(name, default)

    def write(self, data: Any) -> None:
        self.sent += bytes(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Door:
    """A server's connections, without sockets."""

    def __init__(self, *, answer: bool = True, most: int = 100) -> None:
        async def app(scope: Any, _receive: Any, send: Any) -> None:
            if not answer:
                await asyncio.Event().wait()
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b"no"})

        self.config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            ws="none",
            h11_max_incomplete_event_size=LONGEST_HEAD,
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        self.crowd = Crowd(lambda: most)
        self.state = ServerState()
        self.clock = Clock()

    def connect(self, address: str = "192.0.2.77") -> tuple[Connection, Wire]:
        """Somebody connects."""
        loop: Any = self.clock
        made = Connection(self.config, self.state, {}, loop, crowd=self.crowd)
        wire = Wire(address)
        made.connection_made(wire)
        return made, wire

    async def answered(self) -> None:
        """Let the application answer."""
        for task in self.clock.tasks:
            await task


async def test_who_says_nothing_is_waited_for_for_ten_seconds() -> None:
    door = Door()
    _, wire = door.connect()
    door.clock.pass_to(9.9)
    assert not wire.is_closing()
    door.clock.pass_to(10.0)
    assert wire.is_closing()


async def test_a_header_that_drips_in_gains_no_time() -> None:
    door = Door()
    made, wire = door.connect()
    for second in range(10):
        door.clock.pass_to(float(second))
        made.data_received(HEAD[second : second + 1])
    assert not wire.is_closing()
    door.clock.pass_to(10.0)
    assert wire.is_closing()


async def test_the_second_header_has_its_own_ten_seconds() -> None:
    door = Door()
    made, wire = door.connect()
    made.data_received(HEAD)
    await door.answered()
    door.clock.pass_to(14.0)
    made.data_received(HEAD[:5])
    door.clock.pass_to(23.9)
    assert not wire.is_closing()
    door.clock.pass_to(24.0)
    assert wire.is_closing()


async def test_an_answer_may_take_its_time() -> None:
    door = Door(answer=False)
    made, wire = door.connect()
    made.data_received(HEAD)
    door.clock.pass_to(3600.0)
    assert not wire.is_closing()
    for task in door.clock.tasks:
        task.cancel()
    await asyncio.gather(*door.clock.tasks, return_exceptions=True)


async def test_who_is_idle_after_an_answer_is_left_after_a_while() -> None:
    door = Door()
    made, wire = door.connect()
    made.data_received(HEAD)
    await door.answered()
    door.clock.pass_to(KEEP_ALIVE_S - 0.1)
    assert not wire.is_closing()
    door.clock.pass_to(KEEP_ALIVE_S)
    assert wire.is_closing()


POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n"


async def test_a_body_that_was_refused_is_let_run_for_a_moment() -> None:
    """The answer is there at once; closing at once could take it away from who is sending."""
    door = Door()
    made, wire = door.connect()
    made.data_received(POST + bytes(1000))
    await door.answered()
    assert wire.sent.startswith(b"HTTP/1.1 401")
    for second in (0.5, 1.0, 1.5):
        door.clock.pass_to(second)
        made.data_received(bytes(1000))
    assert not wire.is_closing()
    door.clock.pass_to(Wait.REST.value)
    assert wire.is_closing()


async def test_what_had_arrived_when_the_client_left_is_still_handed_out() -> None:
    """Who sends a file as sound writes all of it at once and closes."""
    seen: list[Any] = []

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        while (message := await receive())["type"] == "http.request":
            seen.append(message["body"])

    door = Door()
    door.config = uvicorn.Config(app, lifespan="off", log_config=None, ws="none")
    made, wire = door.connect()
    made.data_received(POST + b"some sound")
    wire.close()
    made.connection_lost(None)
    await door.answered()
    assert b"".join(seen) == b"some sound"


async def test_a_short_body_that_was_refused_costs_no_connection() -> None:
    """The library `axis` sends every form twice: without a login first."""
    door = Door()
    made, wire = door.connect()
    made.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=")
    await door.answered()
    made.data_received(b"b")
    door.clock.pass_to(5.0)
    made.data_received(HEAD)
    await door.answered()
    assert wire.sent.count(b"HTTP/1.1 401") == 2
    assert not wire.is_closing()


async def test_a_header_that_is_too_long_is_refused() -> None:
    door = Door()
    made, wire = door.connect()
    made.data_received(b"GET / HTTP/1.1\r\nA: " + b"a" * LONGEST_HEAD)
    assert wire.sent.startswith(b"HTTP/1.1 400")
    assert wire.is_closing()


async def test_who_reads_nothing_of_an_answer_is_left() -> None:
    door = Door()
    made, wire = door.connect()
    made.data_received(HEAD)
    await door.answered()
    made.pause_writing()
    door.clock.pass_to(1.0)
    made.resume_writing()
    door.clock.pass_to(2.0)
    made.pause_writing()
    made.data_received(HEAD[:1])
    made.data_received(HEAD[1:])
    door.clock.pass_to(61.9)
    assert not wire.is_closing()
    door.clock.pass_to(62.0)
    assert wire.is_closing()
    made.connection_lost(None)
    await asyncio.gather(*door.clock.tasks, return_exceptions=True)


async def test_when_there_are_too_many_one_makes_room() -> None:
    door = Door(most=1)
    first, first_wire = door.connect()
    _, second_wire = door.connect("192.0.2.78")
    assert (first_wire.is_closing(), second_wire.is_closing()) == (True, False)
    first.connection_lost(None)
    assert len(door.crowd) == 1
