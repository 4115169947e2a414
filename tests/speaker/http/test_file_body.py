"""The file that a request carries: it ends, or its sender is given up."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from speaker.http.file_body import FileBody, NoFile

FORM = "multipart/form-data; boundary=b"
FIELD = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
FILE = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x.wav"\r\n\r\n'


def sent(*pieces: bytes, kind: str, ends: bool = False) -> Request:
    """A request whose body begins with `pieces`; nothing follows unless it `ends` with them."""
    left = list(pieces)

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        body = left.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(left) or not ends}

    return Request({"type": "http", "headers": [(b"content-type", kind.encode())]}, receive)


async def read(body: FileBody) -> bytes:
    return b"".join([piece async for piece in body])


async def test_a_sender_that_falls_silent_is_given_up() -> None:
    """Three of them would keep everybody else from adding clips."""
    with pytest.raises(NoFile, match="nothing has come"):
        await read(FileBody(sent(b"abc", kind="audio/wav"), patience_s=0.01))


async def test_a_form_has_an_end_beside_its_file() -> None:
    with pytest.raises(NoFile, match="beside the file"):
        await read(FileBody(sent(FIELD, *[bytes(16384)] * 5, kind=FORM)))


async def test_the_file_itself_does_not_count() -> None:
    pieces = (FILE, *[bytes(16384)] * 5, b"\r\n--b--\r\n")
    assert await read(FileBody(sent(*pieces, kind=FORM, ends=True))) == bytes(5 * 16384)
