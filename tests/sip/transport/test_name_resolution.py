import asyncio
import socket
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest

from sip.transport.name_resolution import MAXIMUM_QUESTIONS, MAXIMUM_WAITING, NameResolution
from tests.sip.transport_ends import soon

IPV4 = {socket.AF_INET}


@asynccontextmanager
async def names(families: Collection[socket.AddressFamily] = IPV4) -> AsyncIterator[NameResolution]:
    resolution = NameResolution(families)
    yield resolution
    await resolution.close()


async def resolved(resolution: NameResolution, host: str) -> str | None:
    answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    resolution.resolve(host, answer.set_result)
    return await soon(answer)


@pytest.mark.parametrize(("host", "literal"), [("192.0.2.1", "192.0.2.1"), ("0::1", "::1")])
async def test_an_address_is_its_own_answer_at_once(host: str, literal: str) -> None:
    async with names() as resolution:
        heard: list[str | None] = []
        resolution.resolve(host, heard.append)
        assert heard == [literal]


async def test_a_name_is_answered_later_and_the_next_time_at_once() -> None:
    async with names() as resolution:
        heard: list[str | None] = []
        resolution.resolve("localhost", heard.append)
        assert heard == []
        assert await resolved(resolution, "localhost") == "127.0.0.1"
        resolution.resolve("localhost", heard.append)
        assert heard == ["127.0.0.1", "127.0.0.1"]


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example", "\udcff"])
async def test_what_is_no_name_has_no_address(host: str) -> None:
    async with names() as resolution:
        assert await resolved(resolution, host) is None


async def test_only_families_that_we_speak_count() -> None:
    async with names(families=()) as resolution:
        assert await resolved(resolution, "localhost") is None


async def test_questions_and_those_who_wait_are_bounded() -> None:
    async with names() as resolution:
        refused: list[str | None] = []
        for _ in range(MAXIMUM_WAITING + 1):
            resolution.resolve("localhost", refused.append)
        assert refused == [None]
        for number in range(MAXIMUM_QUESTIONS):
            resolution.resolve(f"a..{number}", refused.append)
        assert refused == [None, None]


async def test_after_closing_nobody_is_called() -> None:
    heard: list[str | None] = []
    async with names() as resolution:
        resolution.resolve("localhost", heard.append)
    assert heard == []
