"""The server behind a door."""

import asyncio
import contextlib
from pathlib import Path

from fastapi import FastAPI

from conf.certificates.folder import Certificates
from speaker.http.server import HttpServer, bind_http
from speaker.http.tls_context import RenewedContext

HERE = "127.0.0.1"


async def test_a_client_that_does_not_shake_hands_is_left(tmp_path: Path) -> None:
    """Before TLS its connection counts for no limit, and takes a file that calls may need."""
    certificates = Certificates(tmp_path)
    certificates.prepare()
    certificates.make_self_signed("own", "Speaker")
    tls = RenewedContext(certificates, "own")
    server = HttpServer(FastAPI(), bind_http(HERE, 0), tls, handshake_s=0.05)
    server.start()
    try:
        reader, writer = await asyncio.open_connection(HERE, server.port)
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
        writer.close()
    finally:
        await server.stop()
