"""A PBX of a few lines on a real socket: it registers, and takes calls as it is told to."""

import asyncio
import secrets
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from media.sdp.negotiation import Capabilities, make_offer, read_answer
from media.sdp.session_description import Origin
from sip.authentication.server import Accepted, DigestServer
from sip.syntax.message import Request, Response, make_response, parse_message
from sip.syntax.uri import SipUri

HOST = "127.0.0.1"
INVITE = """\
INVITE {uri} SIP/2.0
Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{number}{port}
From: <sip:200@{host}>;tag=caller
To: <{uri}>
Call-ID: {number}-{port}@{host}
CSeq: 1 INVITE
Max-Forwards: 70
Contact: <sip:200@{host}:{port}>
Content-Type: application/sdp
Content-Length: {length}

"""
PATIENCE_S = 20.0
RTP = struct.Struct("!BBHII")


@dataclass
class Pbx(asyncio.DatagramProtocol):
    """Extension 100 registers here with `password`; a call gets `answers`, code by code."""

    password: str = ""
    """Empty: nobody is challenged."""
    answers: tuple[int, ...] = (180, 200)
    expires_s: int = 300
    talks: bool = True
    """Whether sound comes back."""
    codecs: tuple[str, ...] = ("PCMU",)
    silent: bool = False
    """It says nothing at all."""
    host: str = HOST
    """Its address."""
    heard_from: set[str] = field(default_factory=set)
    """Where sound came from."""
    requests: list[Request] = field(default_factory=list)
    """Every request that arrived, in order."""
    responses: list[Response] = field(default_factory=list)
    """Likewise."""

    def __post_init__(self) -> None:
        self.forget_nonces()
        self.registered = False
        self._sound: asyncio.DatagramTransport | None = None
        self._talking: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    def forget_nonces(self) -> None:
        """Challenge again whatever comes, as after a restart."""
        self._digest = DigestServer("pbx", lambda _user: self.password, secrets.token_bytes(32))

    def use(self, transport: asyncio.DatagramTransport, sound: asyncio.DatagramTransport) -> None:
        """Speak SIP and RTP by these sockets."""
        self._transport, self._sound = transport, sound
        self.port: int = transport.get_extra_info("sockname")[1]

    def of_method(self, method: str) -> list[Request]:
        """The requests of a method, in order."""
        return [request for request in self.requests if request.method == method]

    async def first(self, holds: Callable[[Request], bool]) -> Request:
        """The first request for which `holds` is true, which may have come already."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for request in self.requests:
                    if holds(request):
                        return request
                self._news.clear()
                await self._news.wait()

    async def call(self, uri: SipUri, port: int, *codes: int) -> None:
        """Send an INVITE for `uri` to a port of this machine; wait for these responses."""
        offer = make_offer(Capabilities(), self.host, 40000, origin=Origin(1, 1, self.host))
        invite = INVITE.format(
            uri=uri, host=self.host, port=self.port, number=len(self.responses), length=len(offer)
        )
        self._transport.sendto(invite.replace("\n", "\r\n").encode() + offer, (self.host, port))
        async with asyncio.timeout(PATIENCE_S):
            while not {each.code for each in self.responses} >= set(codes):
                self._news.clear()
                await self._news.wait()

    async def nth(self, method: str, number: int) -> Request:
        """The request of a method with this number, counted from 0."""
        await self.first(lambda _request: len(self.of_method(method)) > number)
        return self.of_method(method)[number]

    def close(self) -> None:
        """Stop talking."""
        if self._talking is not None:
            self._talking.cancel()

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if not data.strip():
            return
        message = parse_message(data)
        if isinstance(message, Response):
            self.responses.append(message)
            self._news.set()
            return
        self.requests.append(message)
        self._news.set()
        if self.silent or message.method == "ACK":
            return
        for response in self._responses(message):
            self._transport.sendto(bytes(response), address)

    def _responses(self, request: Request) -> list[Response]:
        if self.password and request.method in ("REGISTER", "INVITE"):
            now = asyncio.get_running_loop().time()
            if not isinstance(self._digest.verify(request, now), Accepted):
                challenge = self._digest.challenge(now)
                return [make_response(request, 401, to_tag="pbx", headers=challenge)]
        match request.method:
            case "REGISTER":
                return [self._registered(request)]
            case "INVITE":
                return [self._answer(request, code) for code in self.answers]
            case _:
                self.close()
                return [make_response(request, 200, to_tag="pbx")]

    def _registered(self, request: Request) -> Response:
        self.registered = not asks_to_be_forgotten(request)
        contacts = [
            ("Contact", f"{contact};expires={self.expires_s}")
            for contact in request.headers.get_all("Contact")
        ]
        return make_response(request, 200, to_tag="pbx", headers=contacts)

    def _answer(self, request: Request, code: int) -> Response:
        headers = [("Contact", f"<sip:pbx@{self.host}:{self.port}>")]
        if code != 200:
            return make_response(request, code, to_tag="pbx", headers=headers)
        assert self._sound is not None
        port = self._sound.get_extra_info("sockname")[1]
        origin = Origin(1, 1, self.host)
        answer = make_offer(Capabilities(codecs=self.codecs), self.host, port, origin=origin)
        if self.talks:
            remote = read_answer(answer, request.body).remote
            self.close()
            self._talking = asyncio.get_running_loop().create_task(self._talk(remote))
        return make_response(
            request,
            200,
            to_tag="pbx",
            headers=headers,
            body=answer,
            content_type="application/sdp",
        )

    async def _talk(self, remote: tuple[str, int]) -> None:
        """Send a packet of silence every 20 ms."""
        assert self._sound is not None
        for i in range(10_000):
            self._sound.sendto(RTP.pack(0x80, 0, i & 0xFFFF, i * 160, 1) + b"\xff" * 160, remote)
            await asyncio.sleep(0.02)


def asks_to_be_forgotten(request: Request) -> bool:
    """Whether a REGISTER ends a registration (RFC 3261 §10.2.2)."""
    contact = request.headers.get("Contact") or ""
    return request.headers.get("Expires") == "0" or contact.endswith("expires=0")


class _Ear(asyncio.DatagramProtocol):
    """Notes where sound comes from."""

    def __init__(self, heard_from: set[str]) -> None:
        self._heard_from = heard_from

    def datagram_received(self, _data: bytes, address: tuple[str, int]) -> None:
        self._heard_from.add(address[0])


@asynccontextmanager
async def running_pbx(pbx: Pbx) -> AsyncIterator[Pbx]:
    """The PBX on free ports of this machine."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: pbx, local_addr=(pbx.host, 0))
    sound, _ = await loop.create_datagram_endpoint(
        lambda: _Ear(pbx.heard_from), local_addr=(pbx.host, 0)
    )
    pbx.use(transport, sound)
    try:
        yield pbx
    finally:
        pbx.close()
        transport.close()
        sound.close()
