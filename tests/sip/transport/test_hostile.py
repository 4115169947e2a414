"""Nobody in the network can stop the speaker's signalling."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sip.flow import Address, Transport
from sip.session.events import UserAgentEvent
from sip.transport.sip_transport import SipTransport
from sip.transport.source_limits import SourceRates
from sip.user_agent import UserAgent
from tests.sip.transaction_messages import OPTIONS, a_request
from tests.sip.transport_ends import UdpPeer, soon, tcp_peer, udp_peer

UNLIMITED = SourceRates(
    stranger_per_s=1e9, stranger_burst=1e9, strangers_per_s=1e9, strangers_burst=1e9
)
"""All of it is to be looked at."""


@asynccontextmanager
async def speaker() -> AsyncIterator[SipTransport[UserAgentEvent]]:
    """A real user agent on real sockets, on a loop that takes an escaped exception as a failure."""
    loop = asyncio.get_running_loop()
    escaped: list[dict[str, object]] = []
    loop.set_exception_handler(lambda _loop, context: escaped.append(context))
    serial = itertools.count(1)

    def reachable_at(transport_kind: Transport, host: str) -> Address:
        return transport.local_address_towards(transport_kind, host)

    agent = UserAgent(local_address=reachable_at, token=lambda: f"token{next(serial)}")
    events: list[UserAgentEvent] = []
    transport = await SipTransport[UserAgentEvent].open(
        agent, bind="127.0.0.1", port=0, on_event=events.append, rates=UNLIMITED
    )
    try:
        yield transport
    finally:
        await transport.close()
    assert escaped == []


def hostile_messages() -> list[bytes]:
    """Random bytes, and the bytes of a request cut short, damaged, repeated and stretched."""
    chance = random.Random(1)
    good = bytes(a_request("INVITE", branch="z9hG4bK-hostile"))
    damaged = []
    for _ in range(200):
        bytes_ = bytearray(good)
        for _ in range(chance.randrange(1, 8)):
            bytes_[chance.randrange(len(bytes_))] = chance.randrange(256)
        damaged.append(bytes(bytes_))
    return [
        *(chance.randbytes(chance.randrange(1, 1500)) for _ in range(100)),
        *(good[:length] for length in range(1, len(good), 5)),
        *damaged,
        good.replace(b"Call-ID", b"Via: x\r\n" * 1000 + b"Call-ID"),
        good.replace(b"call-1", b"c" * 60000),
        b"SIP/2.0 200 OK\r\n\r\n",
        b"\xff" * 65507,
    ]


async def still_answers(peer: UdpPeer, port: int) -> bool:
    """Whether an OPTIONS is answered, whatever else arrives meanwhile."""
    call = f"call-{random.Random().getrandbits(64):x}"
    request = bytes(a_request(branch=f"z9hG4bK-{call}", via_parameters=";rport"))
    peer.transport.sendto(request.replace(b"call-1", call.encode()), ("127.0.0.1", port))
    while True:
        data, _ = await soon(peer.arrived.get())
        if data.startswith(b"SIP/2.0 200") and call.encode() in data:
            return True


async def test_hostile_datagrams_are_survived() -> None:
    async with speaker() as transport, udp_peer() as peer:
        for number, data in enumerate(hostile_messages()):
            peer.transport.sendto(data, ("127.0.0.1", transport.port))
            if number % 20 == 0:  # so that the socket's buffer does not overflow
                assert await still_answers(peer, transport.port)
        assert await still_answers(peer, transport.port)


async def test_hostile_streams_are_survived() -> None:
    async with speaker() as transport:
        for data in hostile_messages()[::10]:
            async with tcp_peer(transport.port) as peer:
                peer.writer.write(data)
        async with tcp_peer(transport.port) as peer:
            peer.writer.write(bytes(OPTIONS).replace(b"UDP", b"TCP"))
            assert (await peer.header()).startswith(b"SIP/2.0 200")


async def test_a_request_that_wants_its_answer_nowhere_is_survived() -> None:
    """The sent-by port that it names cannot be sent to."""
    async with speaker() as transport, udp_peer() as peer:
        bad = a_request("INVITE", branch="z9hG4bK-bad", sent_by="127.0.0.1:0")
        peer.transport.sendto(bytes(bad), ("127.0.0.1", transport.port))
        assert await still_answers(peer, transport.port)
