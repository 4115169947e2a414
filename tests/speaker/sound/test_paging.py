"""Pages: from the first packet of a group to the silence after the last one."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime

import pytest

from conf.settings import MulticastSettings, MulticastSourceSettings, Settings
from media.engine.commands import EngineCommand, StartStream, StopStream
from media.engine.events import StreamFailed, StreamId, StreamSilent, StreamStopped
from media.engine.stream_sound import StreamSound
from media.stream.statistics import StreamStatistics
from nat.port_pair import open_port_pair
from nat.udp_path import MAXIMUM_PER_RECEIVE, UdpPath
from speaker.change import Change, Unavailable
from speaker.events import Bus
from speaker.reports.call_report import CallReport, Equipment, Way
from speaker.reports.call_reporter import CallReporter
from speaker.sound.page_wait import FLOOD_PAUSE_S, STRAYS_TOLD
from speaker.sound.paging import FAILED_REST_S, PAGE_ENDS_AFTER_S, Paging
from speaker.sound.priorities import page
from tests.media.streams import packet

FIRE = MulticastSourceSettings(label="fire", address="239.1.2.3", port=5004, priority=90)
STREAM = StreamId("page/fire")
LIMIT_S = 5.0
FIRST, SECOND = packet(0), packet(1)
OTHER_CODEC = packet(0, payload_type=8)
REPORT = bytes.fromhex("80c9000100000007")
JUNK = (
    b"",
    b"hello",
    bytes(172),
    b"\xff" * 172,
    packet(0, b""),
    packet(0)[:11],
    OTHER_CODEC,
)
"""No page: too short, another version, no sound in it, another codec."""


class Engine:
    """Takes commands, and lets a test wait for the next one."""

    def __init__(self) -> None:
        self._commands: asyncio.Queue[EngineCommand] = asyncio.Queue()

    def submit(self, command: EngineCommand) -> None:
        self._commands.put_nowait(command)

    async def next(self) -> EngineCommand:
        return await asyncio.wait_for(self._commands.get(), LIMIT_S)

    @property
    def has_more(self) -> bool:
        return not self._commands.empty()


@pytest.fixture
def path() -> Iterator[UdpPath]:
    """A path that hears; that it is no group's makes no difference to pages."""
    rtp, rtcp = open_port_pair("127.0.0.1", 0)
    rtcp.close()
    yield rtp
    rtp.close()


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def reports() -> list[CallReport]:
    return []


@pytest.fixture
def told() -> asyncio.Event:
    """Set by the first report."""
    return asyncio.Event()


@pytest.fixture
async def paging(
    path: UdpPath, engine: Engine, bus: Bus, reports: list[CallReport], told: asyncio.Event
) -> AsyncIterator[Paging]:
    def keep(report: CallReport) -> CallReport:
        reports.append(report)
        told.set()
        return report

    loop = asyncio.get_running_loop()
    reporter = CallReporter(Equipment(), bus, keep=keep, wall=lambda: datetime.now(UTC))
    made = Paging(sound=engine, bus=bus, loop=loop, reporter=reporter)
    made.add(FIRE, path)
    yield made
    made.close()


def send_to(path: UdpPath, data: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(data, ("127.0.0.1", path.port))


async def begun(path: UdpPath, engine: Engine, first: bytes = FIRST) -> StartStream:
    """A page that has just begun."""
    send_to(path, first)
    command = await engine.next()
    assert isinstance(command, StartStream)
    return command


async def test_a_page_begins_with_its_first_packet_which_is_not_lost(
    paging: Paging, path: UdpPath, engine: Engine, bus: Bus
) -> None:
    assert bus.value("multicast.active", of="fire") is False
    command = await begun(path, engine)
    assert command.stream == STREAM
    assert command.silence_limit_s == PAGE_ENDS_AFTER_S
    assert [datagram.data for datagram in command.rtp.receive()] == [FIRST]
    assert bus.value("multicast.active", of="fire") is True


async def test_junk_begins_no_page_and_does_not_delay_one(
    paging: Paging, path: UdpPath, engine: Engine, bus: Bus
) -> None:
    for data in (*JUNK, REPORT):
        send_to(path, data)
    await asyncio.sleep(0)
    assert bus.value("multicast.active", of="fire") is False
    command = await begun(path, engine)
    send_to(path, SECOND)
    assert [datagram.data for datagram in command.rtp.receive()] == [FIRST, SECOND]
    assert not engine.has_more


async def test_a_flood_of_junk_leaves_the_main_loop_to_others(
    paging: Paging, path: UdpPath, engine: Engine
) -> None:
    """It is read by the batch, with pauses; the socket drops the rest."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(3 * MAXIMUM_PER_RECEIVE):
            stranger.sendto(b"junk", ("127.0.0.1", path.port))
    loop = asyncio.get_running_loop()
    began = loop.time()
    await begun(path, engine)
    assert loop.time() - began >= 3 * FLOOD_PAUSE_S


async def test_a_page_is_above_calls_by_its_own_priority(
    paging: Paging, path: UdpPath, engine: Engine
) -> None:
    assert (await begun(path, engine)).placement.priority == 590


async def test_a_silent_source_ends_its_page_and_begins_another_later(
    paging: Paging, path: UdpPath, engine: Engine, bus: Bus
) -> None:
    first = await begun(path, engine)
    first.rtp.receive()
    paging.on_sound_event(StreamSilent(STREAM, PAGE_ENDS_AFTER_S))
    assert await engine.next() == StopStream(STREAM)
    first.rtp.close()
    paging.on_sound_event(StreamStopped(STREAM, StreamStatistics()))
    assert bus.value("multicast.active", of="fire") is False
    second = await begun(path, engine)
    assert [datagram.data for datagram in second.rtp.receive()] == [FIRST]


async def test_a_page_leaves_a_report(
    paging: Paging, path: UdpPath, engine: Engine, reports: list[CallReport]
) -> None:
    await begun(path, engine)
    statistics = StreamStatistics(packets_of_unknown_type=100)
    paging.on_sound_event(StreamStopped(STREAM, statistics, StreamSound(open_s=2.0)))
    (report,) = reports
    assert (report.way, report.peer, report.here) == (Way.PAGE, "fire", ("239.1.2.3", 5004))
    assert "`multicast.codec`" in report.verdict


async def test_much_that_begins_no_page_leaves_a_report(
    paging: Paging, path: UdpPath, engine: Engine, reports: list[CallReport], told: asyncio.Event
) -> None:
    """Of a pager with another codec nothing is heard: the reports tell why."""
    for _ in range(STRAYS_TOLD):
        send_to(path, OTHER_CODEC)
    await asyncio.wait_for(told.wait(), LIMIT_S)
    (report,) = reports
    assert (report.way, report.peer, report.here) == (Way.PAGE, "fire", ("239.1.2.3", 5004))
    assert "`multicast.codec`" in report.verdict
    assert not engine.has_more


async def test_a_page_that_cannot_be_heard_and_begins_anew_leaves_one_report(
    paging: Paging, path: UdpPath, engine: Engine, reports: list[CallReport]
) -> None:
    await begun(path, engine)
    for received in (0, 0, 7):
        statistics = StreamStatistics(packets_received=received)
        paging.on_sound_event(StreamStopped(STREAM, statistics))
    assert [each.packets.packets_received for each in reports] == [0, 7]


async def test_streams_of_calls_are_none_of_its_business(
    paging: Paging, path: UdpPath, engine: Engine
) -> None:
    await begun(path, engine)
    paging.on_sound_event(StreamSilent(StreamId("call"), 30.0))
    assert not engine.has_more


async def test_a_page_says_nothing_to_the_group(
    paging: Paging, path: UdpPath, engine: Engine
) -> None:
    command = await begun(path, engine)
    command.rtp.receive()
    command.rtp.send(b"report", ("127.0.0.1", path.port))
    command.rtcp.send(b"report", ("127.0.0.1", path.port))
    send_to(path, SECOND)
    assert [datagram.data for datagram in command.rtp.receive()] == [SECOND]


async def test_the_end_of_a_page_after_closing_opens_nothing_again(
    paging: Paging, path: UdpPath, engine: Engine
) -> None:
    """A device that stops during a page closes the groups; the engine tells of the page later."""
    await begun(path, engine)
    paging.close()
    paging.on_sound_event(StreamStopped(STREAM, StreamStatistics()))
    assert not engine.has_more


async def test_codec_and_priority_that_are_changed_count_for_the_next_page(
    paging: Paging, path: UdpPath, engine: Engine
) -> None:
    old = Settings(multicast=MulticastSettings(enabled=True, sources=(FIRE,)))
    changed = FIRE.model_copy(update={"priority": 10})
    new = Settings(multicast=MulticastSettings(enabled=True, codec="PCMA", sources=(changed,)))
    prepared = await paging.prepare(Change(old, new, asyncio.to_thread))
    prepared.apply(0.0)
    command = await begun(path, engine, OTHER_CODEC)
    assert command.placement == page(10)
    assert command.core.agreed.codec.title == "PCMA"


async def test_a_group_that_cannot_be_joined_is_refused_by_its_place_in_the_settings(
    engine: Engine, bus: Bus
) -> None:
    loop = asyncio.get_running_loop()
    reporter = CallReporter(
        Equipment(), bus, keep=lambda report: report, wall=lambda: datetime.now(UTC)
    )
    paging = Paging(bind="127.0.0.1", sound=engine, bus=bus, loop=loop, reporter=reporter)
    wrong = FIRE.model_copy(update={"label": "sixth", "address": "ff02::7777"})
    old = Settings()
    new = Settings(multicast=MulticastSettings(enabled=True, sources=(FIRE, wrong)))
    with pytest.raises(Unavailable) as refused:
        await paging.prepare(Change(old, new, asyncio.to_thread))
    (problem,) = refused.value.problems
    assert problem.key == "multicast.sources[1]"
    assert "'sixth'" in problem.rule


async def test_a_page_that_fails_is_not_begun_anew_by_each_of_its_packets(
    paging: Paging, path: UdpPath, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begun(path, engine)
    loop = asyncio.get_running_loop()
    rests: dict[float, Callable[[], object]] = {}

    def call_later(delay_s: float, called: Callable[[], object]) -> asyncio.TimerHandle:
        rests[delay_s] = called
        return loop.call_at(loop.time() + delay_s, called)

    paging.on_sound_event(StreamFailed(STREAM, "ValueError"))
    with monkeypatch.context() as patched:
        patched.setattr(loop, "call_later", call_later)
        paging.on_sound_event(StreamStopped(STREAM, StreamStatistics()))
    send_to(path, FIRST)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not engine.has_more
    rests[FAILED_REST_S]()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not engine.has_more, "what came meanwhile is over"
    assert len((await begun(path, engine)).rtp.receive()) == 1


STRANGER = ("198.51.100.66", 5)
PAGER = ("192.0.2.7", 4000)
GOODBYE = REPORT + bytes.fromhex("81cb000100000007")


async def test_nobody_else_speaks_in_a_page_keeps_it_alive_or_ends_it(
    paging: Paging, path: UdpPath, engine: Engine
) -> None:
    """Not in its pauses either, with the pager's own numbers, and not from its own machine."""
    core = (await begun(path, engine)).core
    core.receive(FIRST, PAGER, 100.0)
    for place in (STRANGER, (PAGER[0], PAGER[1] + 1)):
        core.receive(packet(0, ssrc=77), place, 100.1)
        core.receive(GOODBYE, place, 100.2)
        core.receive(packet(1), place, 100.5)
        core.receive(packet(9, ssrc=77), place, 101.5)
        core.receive(packet(10, ssrc=77), place, 101.6)
    assert core.heard_at == 100.0
    assert not core.peer_said_goodbye
    core.receive(packet(1), PAGER, 101.7)
    assert core.heard_at == 101.7
    assert core.statistics.packets_received == 2
    assert (core.statistics.packets_foreign, core.statistics.control_foreign) == (8, 2)
    assert core.statistics.heard_from == PAGER


async def test_junk_of_the_pager_itself_does_not_keep_a_page_alive(
    paging: Paging, path: UdpPath, engine: Engine
) -> None:
    core = (await begun(path, engine)).core
    core.receive(FIRST, PAGER, 100.0)
    for data in JUNK:
        core.receive(data, PAGER, 100.5)
    assert core.heard_at == 100.0
