"""The server behind a door."""

import asyncio
import contextlib
import logging
from pathlib import Path

import pytest
from fastapi import FastAPI, Request

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


async def test_a_request_that_the_end_cuts_off_is_no_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each restart would else leave a traceback in the log for everybody who is still sending."""
    app = FastAPI()
    running: asyncio.Future[asyncio.Task[None]] = asyncio.get_running_loop().create_future()

    @app.post("/")
    async def take(request: Request) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.set_result(task)
        await request.body()

    server = HttpServer(app, bind_http(HERE, 0))
    server.start()
    try:
        _, writer = await asyncio.open_connection(HERE, server.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        with caplog.at_level(logging.ERROR, "uvicorn.error"):
            task = await running
            task.cancel()
            await asyncio.wait([task])
        writer.close()
    finally:
        await server.stop()
    assert caplog.records == []
