"""A SIP phone of a few lines on a real socket, for tests of a speaker that is a process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from media.sdp.negotiation import Capabilities, make_offer
from media.sdp.session_description import Origin
from sip.syntax.message import Request, Response, make_response, parse_message

ANSWER_LIMIT_S = 5.0
HOST = "127.0.0.1"

REQUEST = """\
{method} sip:speaker@127.0.0.1:{to} SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{method}{call}
From: <sip:phone@127.0.0.1>;tag=phone
To: <sip:speaker@127.0.0.1>{to_tag}
Call-ID: {call}
CSeq: {number} {method}
Max-Forwards: 70
Contact: <sip:phone@127.0.0.1:{port}>
{about_body}Content-Length: {length}

"""


class UdpPhone(asyncio.DatagramProtocol):
    """Calls a speaker on this machine and keeps what it hears, one message after the other."""

    def __init__(self, speaker_port: int) -> None:
        self._speaker_port = speaker_port
        self._heard: asyncio.Queue[Request | Response] = asyncio.Queue()
        self._calls = 0
        self._to_tag = ""

    def use(self, transport: asyncio.DatagramTransport) -> None:
        """Send by this socket."""
        self._transport = transport
        self._port: int = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, _address: object) -> None:
        self._heard.put_nowait(parse_message(data))

    def invite(self) -> None:
        """Call the speaker, and wait for nothing."""
        self._calls += 1
        self._to_tag = ""
        offer = make_offer(Capabilities(), HOST, 40000, origin=Origin(1, 1, HOST))
        self._request("INVITE", 1, offer)

    async def talk(self) -> Response:
        """Call the speaker; its answer, when that has come."""
        self.invite()
        answer = await self.response(200)
        self._to_tag = f";tag={answer.to.tag}"
        self._request("ACK", 1)
        return answer

    async def is_answered_options(self, within_s: float) -> bool:
        """Ask the speaker what it can do; whether it answers in time."""
        self._calls += 1
        self._to_tag = ""
        self._request("OPTIONS", 1)
        try:
            async with asyncio.timeout(within_s):
                await self.response(200)
        except TimeoutError:
            return False
        return True

    async def end(self) -> None:
        """Hang up; return when the speaker has confirmed it."""
        self._request("BYE", 2)
        await self.response(200)

    async def response(self, code: int) -> Response:
        """The next response with this code; others are passed over."""
        while True:
            message = await self._next()
            if isinstance(message, Response) and message.code == code:
                return message

    async def request(self, method: str) -> Request:
        """The next request of this method; other messages are passed over."""
        while True:
            message = await self._next()
            if isinstance(message, Request) and message.method == method:
                return message

    def confirm(self, request: Request) -> None:
        """Answer a request of the speaker with 200."""
        self._send(bytes(make_response(request, 200)))

    async def _next(self) -> Request | Response:
        return await asyncio.wait_for(self._heard.get(), ANSWER_LIMIT_S)

    def _request(self, method: str, number: int, body: bytes = b"") -> None:
        text = REQUEST.format(
            method=method,
            to=self._speaker_port,
            port=self._port,
            call=f"{self._calls}-{self._port}@phone",
            to_tag=self._to_tag,
            number=number,
            about_body="Content-Type: application/sdp\n" if body else "",
            length=len(body),
        )
        self._send(text.replace("\n", "\r\n").encode() + body)

    def _send(self, data: bytes) -> None:
        self._transport.sendto(data, (HOST, self._speaker_port))


@asynccontextmanager
async def udp_phone(speaker_port: int) -> AsyncIterator[UdpPhone]:
    """A phone for the speaker on this port."""
    transport, phone = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: UdpPhone(speaker_port), local_addr=(HOST, 0)
    )
    phone.use(transport)
    try:
        yield phone
    finally:
        transport.close()
