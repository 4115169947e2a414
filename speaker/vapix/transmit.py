"""`/axis-cgi/audio/transmit.cgi` (VAPIX Audio API): plays what a program sends, as it sends it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from conf.accounts.role import Role
from media.bytestream.decoding import UnknownFormat, stream_decoder
from media.errors import MediaError
from speaker.http.identity import Who
from speaker.http.rights import needs, streams
from speaker.sound.transmission import AnotherTransmits, TransmissionStopped
from speaker.vapix.answers import CLOSE, refused
from speaker.vapix.arguments import AskedInAddress
from speaker.vapix.sound_devices import check_output

if TYPE_CHECKING:
    from speaker.device import Device
    from speaker.sound.transmission import Transmission

PATH = "/axis-cgi/audio/transmit.cgi"


def transmit_routes(device: Device) -> APIRouter:
    """The CGI."""
    router = APIRouter(include_in_schema=False)

    @router.post(PATH)
    @needs(Role.VIEWER)
    @streams()
    async def transmit(request: Request, asked: AskedInAddress, who: Who) -> Response:
        """Play the body, whose end may never come."""
        settings = device.settings.http_audio
        check_output(asked)
        if settings.duplex_mode == "get":
            return refused(405, "http_audio.duplex_mode lets nobody transmit", close=True)
        try:
            decoder = stream_decoder(request.headers.get("content-type", ""))
        except UnknownFormat as error:
            return refused(415, str(error), close=True)
        try:
            async with device.transmitter.transmitting(
                decoder, user=who.name or who.address, start_s=settings.receiver_buffer_s
            ) as transmission:
                return await _played(request, transmission, settings.receiver_timeout_s)
        except AnotherTransmits as error:
            return refused(503, str(error), close=True)

    return router


async def _played(request: Request, transmission: Transmission, timeout_s: float) -> Response:
    """Play the body to its end, or to the end of the sender's patience or of ours."""
    body = request.stream().__aiter__()
    try:
        while True:
            async with asyncio.timeout(timeout_s):
                data = await anext(body, None)
            if data is None:
                break
            await transmission.play(data)
    except TimeoutError:
        await transmission.finish()
        return refused(408, f"nothing has come for {timeout_s:g} s", close=True)
    except MediaError as error:
        return refused(400, str(error), close=True)
    except TransmissionStopped:
        return refused(503, "the transmission was stopped", close=True)
    except ClientDisconnect:
        pass  # it said more in Content-Length than it had to say
    await transmission.finish()
    return Response(status_code=200, media_type="text/plain", headers=CLOSE)
