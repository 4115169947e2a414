import asyncio
import dataclasses
import socket

import pytest

from sip.flow import Address, Flow, Transport
from sip.syntax.message import make_response
from sip.transaction.effects import Send
from sip.transport.source_limits import SourceRates
from sip.transport.udp_socket import BUFFER_BYTES, UdpSocket
from tests.sip.transaction_messages import OPTIONS, a_request
from tests.sip.transport_ends import (
    NotingCore,
    answer_200,
    soon,
    tcp_peer,
    transport_for,
    udp_peer,
)

LOOPBACKS = ["127.0.0.1", "::1"]


def udp(local: Address, remote: Address) -> Flow:
    return Flow(Transport.UDP, local, remote)


@pytest.mark.parametrize("host", LOOPBACKS)
async def test_a_request_is_answered_from_where_it_was_sent_to(host: str) -> None:
    """RFC 3581 §4."""
    core = NotingCore(answer_200)
    async with transport_for(core, bind=None) as transport, udp_peer(host) as peer:
        peer.transport.sendto(bytes(OPTIONS), (host, transport.port))
        data, source = await soon(peer.arrived.get())
        assert data.startswith(b"SIP/2.0 200")
        assert source == Address(host, transport.port)


async def test_an_answer_leaves_from_the_very_address_that_was_asked() -> None:
    """RFC 3581 §4: on a machine with several addresses the routes would choose another."""
    core = NotingCore(answer_200)
    async with transport_for(core, bind=None) as transport, udp_peer("127.0.0.1") as peer:
        peer.transport.sendto(bytes(OPTIONS), ("127.0.0.77", transport.port))
        _, source = await soon(peer.arrived.get())
        assert source == Address("127.0.0.77", transport.port)
        _, flow = await soon(core.arrived.get())
        assert flow.local == Address("127.0.0.77", transport.port)


async def test_an_address_that_left_the_machine_does_not_stop_sending() -> None:
    core = NotingCore()
    async with transport_for(core, bind=None) as transport, udp_peer() as peer:
        remote = Address(*peer.transport.get_extra_info("sockname"))
        transport.carry_out([Send(OPTIONS, udp(Address("198.51.100.1", 5060), remote))])
        _, source = await soon(peer.arrived.get())
        assert source == Address("127.0.0.1", transport.port)


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"\0\0\0\0",
    ],
)
async def test_keep_alives_are_counted_and_dropped(data: bytes) -> None:
    core = NotingCore(answer_200)
    async with transport_for(core) as transport, udp_peer() as peer:
        peer.transport.sendto(data, ("127.0.0.1", transport.port))
        peer.transport.sendto(bytes(OPTIONS), ("127.0.0.1", transport.port))
        await soon(peer.arrived.get())
        assert transport.counters.keep_alives == 1
        assert transport.counters.received == 1


async def test_the_longest_datagram_arrives_whole() -> None:
    core = NotingCore()
    longest = bytes(65507)
    async with transport_for(core) as transport, udp_peer() as peer:
        peer.transport.sendto(b"x" + longest[1:], ("127.0.0.1", transport.port))
        data, _ = await soon(core.arrived.get())
        assert len(data) == 65507


@pytest.mark.parametrize(
    ("bind", "host", "port"),
    [
        ("127.0.0.1", "::1", 5060),  # no socket of that family
        ("::1", "127.0.0.1", 5060),
        ("127.0.0.1", "255.255.255.255", 5060),  # not allowed
        ("127.0.0.1", "127.0.0.1", 0),
        ("127.0.0.1", "localhost", 5060),  # a name; where it leads has to be located before
    ],
)
async def test_what_cannot_be_sent_is_told_later_by_its_flow(
    bind: str, host: str, port: int
) -> None:
    core = NotingCore()
    async with transport_for(core, bind=bind) as transport:
        flow = udp(Address(bind, transport.port), Address(host, port))
        transport.carry_out([Send(OPTIONS, flow)])
        assert core.failed.empty()
        assert await soon(core.failed.get()) == flow
        assert transport.counters.unsendable + transport.counters.unresolved == 1


async def test_a_message_too_long_for_a_datagram_is_told() -> None:
    core = NotingCore()
    async with transport_for(core) as transport, udp_peer() as peer:
        remote = Address(*peer.transport.get_extra_info("sockname"))
        flow = udp(Address("127.0.0.1", transport.port), remote)
        long = dataclasses.replace(OPTIONS, body=bytes(65507))
        transport.carry_out([Send(long, flow), Send(long, flow)])
        assert await soon(core.failed.get()) == flow


async def test_tls_is_not_spoken_yet() -> None:
    core = NotingCore()
    async with transport_for(core) as transport:
        flow = Flow(Transport.TLS, Address("127.0.0.1", 0), Address("127.0.0.1", 5061))
        transport.carry_out([Send(OPTIONS, flow)])
        assert await soon(core.failed.get()) == flow


async def test_the_core_is_woken_when_its_deadline_has_passed() -> None:
    core = NotingCore()
    async with transport_for(core) as transport:
        due = asyncio.get_running_loop().time() + 0.02
        core.deadline = due + 1000
        transport.carry_out([])
        core.deadline = due
        transport.carry_out([])
        assert await soon(core.woken.get()) >= due
        assert core.woken.empty()


async def test_events_come_one_by_one_whatever_is_commanded_meanwhile() -> None:
    """What an event makes the speaker command comes after what was decided before."""
    core = NotingCore()
    log: list[str] = []

    def react(event: str) -> None:
        log.append(f"{event} begins")
        if event == "first":
            transport.carry_out(["command"])
        log.append(f"{event} ends")

    async with transport_for(core, on_event=react) as transport:
        transport.carry_out(["first", "second"])
    assert log == [
        f"{event} {step}" for event in ("first", "second", "command") for step in ("begins", "ends")
    ]


async def test_after_closing_nothing_is_sent() -> None:
    core = NotingCore()
    async with transport_for(core) as transport, udp_peer() as peer:
        remote = Address(*peer.transport.get_extra_info("sockname"))
        await transport.close()
        transport.carry_out([Send(OPTIONS, udp(Address("127.0.0.1", 1), remote))])
        assert transport.counters.sent == 0


async def test_after_closing_the_core_is_left_alone() -> None:
    core = NotingCore()
    turn = asyncio.get_running_loop().create_future()
    async with transport_for(core) as transport:
        nowhere = udp(Address("127.0.0.1", 1), Address("127.0.0.1", 0))
        transport.carry_out([Send(OPTIONS, nowhere)])
        await transport.close()
        core.deadline = 0.0
        transport.carry_out([])
        asyncio.get_running_loop().call_soon(turn.set_result, None)
        await turn
        assert core.failed.empty()
        assert core.woken.empty()


@pytest.mark.parametrize("host", LOOPBACKS)
async def test_the_address_for_via_is_the_one_that_the_peer_can_reach(host: str) -> None:
    async with transport_for(NotingCore(), bind=None) as transport:
        expected = Address(host, transport.port)
        assert transport.local_address_towards(Transport.UDP, host) == expected


async def test_the_address_for_via_is_the_bound_one_whoever_asks() -> None:
    async with transport_for(NotingCore(), bind="127.0.0.9") as transport:
        for host in ("127.0.0.1", "192.0.2.200", "phone.example"):
            found = transport.local_address_towards(Transport.TCP, host)
            assert found == Address("127.0.0.9", transport.port)


@pytest.mark.parametrize("host", LOOPBACKS)
async def test_udp_and_tcp_of_both_families_share_one_port(host: str) -> None:
    core = NotingCore(answer_200)
    async with (
        transport_for(core, bind=None) as transport,
        udp_peer(host) as over_udp,
        tcp_peer(transport.port, host) as over_tcp,
    ):
        over_udp.transport.sendto(bytes(OPTIONS), (host, transport.port))
        over_tcp.writer.write(bytes(OPTIONS))
        assert (await soon(over_udp.arrived.get()))[0].startswith(b"SIP/2.0 200")
        assert (await over_tcp.header()).startswith(b"SIP/2.0 200")
        assert {address.port for address in transport.addresses} == {transport.port}


async def test_a_flood_of_one_source_is_dropped_and_others_are_answered() -> None:
    """The scanner has spent its share; the phone has not."""
    core = NotingCore(answer_200)
    async with (
        transport_for(core) as transport,
        udp_peer("127.0.0.66") as scanner,
        udp_peer() as phone,
    ):
        speaker = ("127.0.0.1", transport.port)
        for _ in range(300):
            scanner.transport.sendto(bytes(OPTIONS), speaker)
        phone.transport.sendto(bytes(OPTIONS), speaker)
        data, _ = await soon(phone.arrived.get())
        assert data.startswith(b"SIP/2.0 200")
        assert transport.counters.too_many > 0
        assert transport.counters.received < 300


async def test_whom_we_ask_for_something_may_say_more() -> None:
    """A server of ours answers as much as it likes, while strangers have their limit."""
    core = NotingCore()
    async with transport_for(core) as transport, udp_peer() as peer:
        remote = Address(*peer.transport.get_extra_info("sockname"))
        local = Address("127.0.0.1", transport.port)
        transport.carry_out([Send(OPTIONS, udp(local, remote))])
        await soon(peer.arrived.get())
        for _ in range(int(SourceRates().known_burst)):
            peer.transport.sendto(b"SIP/2.0 200 OK\r\n\r\n", local)
            await soon(core.arrived.get())
        assert transport.counters.too_many == 0


async def test_a_caller_whose_call_is_answered_may_say_more() -> None:
    invite = a_request("INVITE")
    answer = make_response(invite, 200, to_tag="ours")
    core = NotingCore()
    async with transport_for(core) as transport, udp_peer() as peer:
        remote = Address(*peer.transport.get_extra_info("sockname"))
        local = Address("127.0.0.1", transport.port)
        transport.carry_out([Send(answer, udp(local, remote))])
        await soon(peer.arrived.get())
        for _ in range(int(SourceRates().known_burst)):
            peer.transport.sendto(bytes(invite), local)
            await soon(core.arrived.get())
        assert transport.counters.too_many == 0


def test_what_nobody_reads_in_time_is_counted() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        udp_socket = UdpSocket(receiver)
        assert udp_socket.overflowed == 0
        for _ in range(10 * BUFFER_BYTES // 1000):
            sender.sendto(bytes(1000), receiver.getsockname())
        assert udp_socket.overflowed > 0
        udp_socket.close()


async def test_a_tap_hears_what_passes() -> None:
    heard: list[tuple[bytes, str, bool]] = []

    def tap(data: bytes, flow: Flow, *, is_sent: bool) -> None:
        heard.append((data[:7], flow.remote.host, is_sent))

    core = NotingCore(answer_200)
    async with transport_for(core) as transport, udp_peer() as peer:
        transport.tap = tap
        peer.transport.sendto(bytes(OPTIONS), ("127.0.0.1", transport.port))
        await soon(peer.arrived.get())
    assert heard == [(b"OPTIONS", "127.0.0.1", False), (b"SIP/2.0", "127.0.0.1", True)]
