"""The PBX of `udp_pbx` behind TCP or TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sip.transport.framing import StreamFramer
from tests.speaker.udp_pbx import Pbx


class _Connections:
    """Looks to the PBX like the socket that it answers by; an address is a connection."""

    def __init__(self, port: int) -> None:
        self._port = port

    def get_extra_info(self, _name: str) -> tuple[str, int]:
        return "", self._port

    def sendto(self, data: bytes, connection: Any) -> None:
        connection.write(data)


@asynccontextmanager
async def stream_pbx(pbx: Pbx, tls: ssl.SSLContext | None = None) -> AsyncIterator[Pbx]:
    """The PBX on a free port of this machine."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer = StreamFramer()
        while data := await reader.read(65536):
            for message in framer.feed(data):
                if isinstance(message, bytes):
                    answered: Any = writer
                    pbx.datagram_received(message, answered)
        writer.close()

    server = await asyncio.start_server(serve, pbx.host, 0, ssl=tls)
    loop = asyncio.get_running_loop()
    sound, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=(pbx.host, 0)
    )
    connections: Any = _Connections(server.sockets[0].getsockname()[1])
    pbx.use(connections, sound)
    try:
        yield pbx
    finally:
        pbx.close()
        sound.close()
        server.close()
