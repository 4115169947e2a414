import dataclasses

import pytest

from sip.flow import Address, Flow, Transport
from sip.syntax.message import Request, parse_message
from sip.transaction.effects import Send
from sip.transport.connection_limits import ConnectionLimits
from tests.sip.transaction_messages import OPTIONS, a_request, answer
from tests.sip.transport_ends import (
    NotingCore,
    answer_200,
    soon,
    tcp_peer,
    tcp_server,
    transport_for,
)

HERE = Address("127.0.0.1", 5060)


def towards(remote: Address, connection: int = 0) -> Flow:
    return Flow(Transport.TCP, HERE, remote, connection)


def numbered(number: int) -> Request:
    return a_request("OPTIONS", cseq=number)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_an_answer_goes_back_by_the_connection_of_its_request(host: str) -> None:
    """RFC 3261 §18.2.2."""
    core = NotingCore(answer_200)
    async with transport_for(core, bind=host) as transport, tcp_peer(transport.port, host) as peer:
        peer.writer.write(bytes(OPTIONS))
        assert (await peer.header()).startswith(b"SIP/2.0 200")
        _, flow = await soon(core.arrived.get())
        assert (flow.local, flow.remote) == (peer.remote, peer.local)
        assert flow.connection > 0


async def test_messages_are_cut_out_of_the_stream_wherever_it_breaks() -> None:
    """RFC 3261 §18.3."""
    core = NotingCore()
    stream = b"".join(bytes(numbered(number)) for number in (1, 2, 3))
    async with transport_for(core) as transport, tcp_peer(transport.port) as peer:
        for at in range(0, len(stream), 100):
            peer.writer.write(stream[at : at + 100])
            await peer.writer.drain()
        arrived = [(await soon(core.arrived.get()))[0] for _ in range(3)]
        assert b"".join(arrived) == stream


async def test_a_ping_is_answered_by_a_pong() -> None:
    """RFC 5626 §4.4.1."""
    async with transport_for(NotingCore()) as transport, tcp_peer(transport.port) as peer:
        peer.writer.write(b"\r\n\r\n")
        assert await peer.exactly(2) == b"\r\n"


async def test_requests_to_one_place_share_one_connection() -> None:
    """RFC 3261 §18.1.1; also while it is being opened."""
    core = NotingCore()
    async with transport_for(core) as transport, tcp_server() as server:
        flow = towards(server.address)
        transport.carry_out([Send(numbered(1), flow), Send(numbered(2), flow)])
        stream = await soon(server.accepted.get())
        await stream.header()
        transport.carry_out([Send(numbered(3), flow)])
        assert b"CSeq: 2 OPTIONS" in await stream.header()
        assert b"CSeq: 3 OPTIONS" in await stream.header()
        assert server.accepted.empty()


async def test_a_connection_that_the_peer_opened_serves_our_requests_to_it() -> None:
    core = NotingCore()
    async with transport_for(core) as transport, tcp_peer(transport.port) as peer:
        peer.writer.write(bytes(OPTIONS))
        await soon(core.arrived.get())
        transport.carry_out([Send(numbered(9), towards(peer.local))])
        assert b"CSeq: 9 OPTIONS" in await peer.header()


async def test_an_answer_whose_connection_is_gone_takes_a_new_one_to_sent_by() -> None:
    """RFC 3261 §18.2.2."""
    core = NotingCore()
    async with transport_for(core) as transport, tcp_server() as server:
        async with tcp_peer(transport.port) as peer:
            peer.writer.write(bytes(OPTIONS))
            _, came_by = await soon(core.arrived.get())
        assert await soon(core.failed.get()) == came_by
        flow = dataclasses.replace(came_by, remote=server.address)
        transport.carry_out([Send(answer(OPTIONS, 200), flow)])
        stream = await soon(server.accepted.get())
        assert (await stream.header()).startswith(b"SIP/2.0 200")


async def test_a_connection_that_nobody_accepts_is_told() -> None:
    core = NotingCore()
    async with transport_for(core) as transport, tcp_server() as server:
        nobody = dataclasses.replace(towards(server.address), remote=Address("127.0.0.1", 1))
        transport.carry_out([Send(OPTIONS, nobody)])
        assert await soon(core.failed.get()) == nobody


async def test_a_connection_that_breaks_is_told_by_every_name_that_was_used_for_it() -> None:
    core = NotingCore()
    async with transport_for(core) as transport, tcp_server() as server:
        by_name = towards(Address("::ffff:127.0.0.1", server.address.port))
        transport.carry_out([Send(OPTIONS, by_name)])
        stream = await soon(server.accepted.get())
        await stream.header()
        await stream.close()
        told = {(await soon(core.failed.get())).remote for _ in range(2)}
        assert told == {server.address, by_name.remote}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bytes(OPTIONS).replace(b"Content-Length: 0", b"Content-Length: -1"), b"400"),
        (bytes(OPTIONS).replace(b"Content-Length: 0\r\n", b""), b"400"),
        (bytes(OPTIONS).replace(b"Content-Length: 0", b"Content-Length: 99999999"), b"400"),
    ],
)
async def test_a_stream_that_cannot_be_cut_is_answered_and_closed(data: bytes, code: bytes) -> None:
    """RFC 3261 §18.3."""
    core = NotingCore()
    async with transport_for(core) as transport, tcp_peer(transport.port) as peer:
        peer.writer.write(data)
        refusal = await peer.header()
        assert refusal.startswith(b"SIP/2.0 " + code)
        assert await peer.ended()
        assert transport.counters.malformed_streams == 1


async def test_a_message_before_a_malformed_one_is_not_lost() -> None:
    core = NotingCore()
    async with transport_for(core) as transport, tcp_peer(transport.port) as peer:
        peer.writer.write(bytes(OPTIONS) + b"\x80" * 70000)
        assert (await soon(core.arrived.get()))[0] == bytes(OPTIONS)
        await peer.ended()


@pytest.mark.parametrize("data", [b"", b"OPTIONS sip:bob@192.0.2.2 SIP/2.0\r\nVia: "])
async def test_a_peer_that_does_not_finish_its_message_is_cut_off(data: bytes) -> None:
    limits = ConnectionLimits(message_s=0.05)
    core = NotingCore()
    async with (
        transport_for(core, limits=limits) as transport,
        tcp_peer(transport.port) as peer,
    ):
        peer.writer.write(data)
        assert await peer.ended()
        assert transport.counters.overdue_connections == 1


async def test_half_a_message_is_not_excused_by_the_whole_one_before_it() -> None:
    limits = ConnectionLimits(message_s=0.5)
    core = NotingCore(answer_200)
    async with (
        transport_for(core, limits=limits) as transport,
        tcp_peer(transport.port) as peer,
    ):
        peer.writer.write(bytes(OPTIONS) + b"OPTIONS")
        assert (await peer.header()).startswith(b"SIP/2.0 200")
        assert await peer.ended()


async def test_a_connection_that_carries_nothing_is_closed_in_the_end() -> None:
    limits = ConnectionLimits(message_s=0.2, idle_s=0.5)
    core = NotingCore(answer_200)
    async with (
        transport_for(core, limits=limits) as transport,
        tcp_peer(transport.port) as peer,
    ):
        peer.writer.write(bytes(OPTIONS))
        await peer.header()
        assert await peer.ended()
        assert (await soon(core.failed.get())).remote == peer.local


async def test_connections_beyond_the_limit_are_refused_while_the_others_are_in_use() -> None:
    limits = ConnectionLimits(connections=1)
    core = NotingCore(answer_200)
    async with (
        transport_for(core, limits=limits) as transport,
        tcp_peer(transport.port) as first,
    ):
        first.writer.write(bytes(OPTIONS))
        await first.header()
        async with tcp_peer(transport.port) as second:
            assert await second.ended()
        assert transport.counters.refused_connections == 1
        first.writer.write(bytes(OPTIONS))
        assert (await first.header()).startswith(b"SIP/2.0 200")


async def test_the_connection_that_is_idle_longest_makes_room_for_a_new_one() -> None:
    limits = ConnectionLimits(connections=2, spare_s=0.0)
    core = NotingCore(answer_200)
    async with (
        transport_for(core, limits=limits) as transport,
        tcp_peer(transport.port) as oldest,
        tcp_peer(transport.port) as older,
    ):
        for peer in (oldest, older):
            peer.writer.write(bytes(OPTIONS))
            await peer.header()
        async with tcp_peer(transport.port) as newest:
            newest.writer.write(bytes(OPTIONS))
            assert (await newest.header()).startswith(b"SIP/2.0 200")
            assert await oldest.ended()
        older.writer.write(bytes(OPTIONS))
        assert (await older.header()).startswith(b"SIP/2.0 200")


async def test_a_full_table_refuses_our_own_new_connections_too() -> None:
    limits = ConnectionLimits(connections=0)
    core = NotingCore()
    async with transport_for(core, limits=limits) as transport, tcp_server() as server:
        transport.carry_out([Send(OPTIONS, towards(server.address))])
        assert await soon(core.failed.get()) == towards(server.address)


async def test_a_connection_makes_room_only_once() -> None:
    limits = ConnectionLimits(connections=1, spare_s=0.0)
    core = NotingCore(answer_200)
    async with (
        transport_for(core, limits=limits) as transport,
        tcp_peer(transport.port) as idle,
        tcp_server() as first,
        tcp_server() as second,
    ):
        idle.writer.write(bytes(OPTIONS))
        await idle.header()
        flows = [towards(first.address), towards(second.address)]
        transport.carry_out([Send(OPTIONS, flow) for flow in flows])
        told = [(await soon(core.failed.get())).remote for _ in range(2)]
        assert sorted(told) == sorted([idle.local, second.address])
        await (await soon(first.accepted.get())).header()


async def test_our_own_connection_counts_once() -> None:
    limits = ConnectionLimits(connections=1)
    async with transport_for(NotingCore(), limits=limits) as transport, tcp_server() as server:
        transport.carry_out([Send(OPTIONS, towards(server.address))])
        stream = await soon(server.accepted.get())
        assert (await stream.header()).startswith(b"OPTIONS ")


async def test_messages_that_wait_for_a_connection_are_bounded() -> None:
    limits = ConnectionLimits(waiting_messages=2)
    core = NotingCore()
    async with transport_for(core, limits=limits) as transport, tcp_server() as server:
        flow = towards(server.address)
        transport.carry_out([Send(numbered(number), flow) for number in (1, 2, 3)])
        assert await soon(core.failed.get()) == flow
        stream = await soon(server.accepted.get())
        assert b"CSeq: 1 OPTIONS" in await stream.header()
        assert b"CSeq: 2 OPTIONS" in await stream.header()


async def test_a_peer_that_does_not_read_is_cut_off() -> None:
    limits = ConnectionLimits(unsent_bytes=100_000)
    core = NotingCore()
    long = parse_message(
        bytes(OPTIONS).replace(b"Content-Length: 0\r\n\r\n", b"Content-Length: 60000\r\n\r\n")
        + bytes(60000)
    )
    async with transport_for(core, limits=limits) as transport, tcp_server() as server:
        flow = towards(server.address)
        transport.carry_out([Send(OPTIONS, flow)])
        await soon(server.accepted.get())
        for _ in range(1000):
            transport.carry_out([Send(long, flow)])
            if transport.counters.overdue_connections:
                break
        assert (await soon(core.failed.get())).remote == server.address


async def test_a_peer_that_reads_nothing_cannot_keep_a_closing_connection() -> None:
    limits = ConnectionLimits(message_s=0.05, unsent_bytes=10_000_000)
    core = NotingCore()
    async with transport_for(core, limits=limits) as transport, tcp_peer(transport.port) as peer:
        peer.writer.write(bytes(OPTIONS))
        _, flow = await soon(core.arrived.get())
        long = dataclasses.replace(OPTIONS, body=bytes(8_000_000))
        transport.carry_out([Send(long, flow)])
        peer.writer.write(b"\x80" * 70000)
        assert await soon(core.failed.get()) == flow


async def test_the_last_words_are_sent_before_closing() -> None:
    """A speaker that shuts down says BYE."""
    core = NotingCore()
    async with transport_for(core) as transport, tcp_peer(transport.port) as peer:
        peer.writer.write(bytes(OPTIONS))
        _, flow = await soon(core.arrived.get())
        transport.carry_out([Send(a_request("BYE"), flow)])
        await transport.close()
        assert (await peer.header()).startswith(b"BYE ")
        assert await peer.ended()


async def test_a_peer_that_sends_more_than_its_share_is_disconnected_and_others_are_not() -> None:
    core = NotingCore(answer_200)
    async with transport_for(core, bind=None) as transport:
        calm = tcp_peer(transport.port)
        flood = bytes(OPTIONS) * 300
        async with calm as phone, tcp_peer(transport.port, "::1") as scanner:
            scanner.writer.write(flood)
            phone.writer.write(bytes(OPTIONS))
            assert (await phone.header()).startswith(b"SIP/2.0 200")
            assert not await scanner.ended()  # what it may send is answered first
            await soon(scanner.all_read())
            phone.writer.write(bytes(OPTIONS))
            assert (await phone.header()).startswith(b"SIP/2.0 200")
        assert transport.counters.too_many > 0
        assert transport.counters.received < 100


async def test_whoever_connects_too_often_is_turned_away() -> None:
    core = NotingCore()
    async with transport_for(core) as transport:
        for _ in range(60):
            async with tcp_peer(transport.port):
                pass
        async with tcp_peer(transport.port) as one_more:
            assert await one_more.ended()
        assert transport.counters.too_many > 0
