"""`/axis-cgi/audio/receive.cgi` (VAPIX Audio API): what callers hear of the microphone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from conf.accounts.role import Role
from media.bytestream.encoding import NoSuchFormat, stream_format
from speaker.http.identity import Who
from speaker.http.rights import needs
from speaker.sound.listening import TooManyListeners
from speaker.vapix.answers import refused
from speaker.vapix.arguments import Arguments, AskedInAddress, BadArguments
from speaker.vapix.sound_devices import check_input

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from media.bytestream.encoding import StreamFormat
    from speaker.device import Device
    from speaker.sound.listening import Listener

PATH: Final = "/axis-cgi/audio/receive.cgi"
BOUNDARY: Final = "speaker-sound"


def receive_routes(device: Device) -> APIRouter:
    """The CGI."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    @needs(Role.VIEWER)
    async def receive(asked: AskedInAddress, who: Who) -> Response:
        """Sound until the listener leaves."""
        settings = device.settings.http_audio
        check_input(asked)
        if settings.duplex_mode == "post":
            return refused(405, "http_audio.duplex_mode lets nobody listen")
        if not device.settings.audio.input_enabled:
            return refused(405, "the microphone is off (audio.input_enabled)")
        try:
            wanted = _wanted(asked, settings.codec)
        except NoSuchFormat as error:
            return refused(400, str(error))
        user = who.name or who.address
        return _Sound(device, wanted, in_parts=_in_parts(asked), user=user)

    return router


class _Sound(Response):
    """Lets somebody listen for as long as the answer goes on, and not a moment longer."""

    def __init__(self, device: Device, wanted: StreamFormat, *, in_parts: bool, user: str) -> None:
        super().__init__()
        self._device = device
        self._wanted = wanted
        self._in_parts = in_parts
        self._user = user

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = self._device.settings.http_audio.max_listeners
        try:
            async with self._device.listening.listening(
                self._wanted, user=self._user, most=most
            ) as listener:
                await self._answer(listener)(scope, receive, send)
        except TooManyListeners as error:
            await refused(503, str(error))(scope, receive, send)

    def _answer(self, listener: Listener) -> Response:
        kind, sound = self._wanted.media_type, aiter(listener)
        if self._in_parts:
            kind = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
            sound = _parts(sound, self._wanted)
        return StreamingResponse(sound, media_type=kind, headers={"Cache-Control": "no-store"})


def _wanted(asked: Arguments, codec: str) -> StreamFormat:
    """The format.

    Raises:
        BadArguments: a number is none.
        NoSuchFormat: it cannot be had.
    """
    bit_rate = asked.number("audiobitrate", low=1, high=10_000_000, default=0)
    rate_hz = asked.number("audiosamplerate", low=1, high=192_000, default=0)
    return stream_format(
        asked.get("audiocodec") or codec, bit_rate=bit_rate or None, rate_hz=rate_hz or None
    )


def _in_parts(asked: Arguments) -> bool:
    """How the sound is wrapped.

    Raises:
        BadArguments: there is no such way.
    """
    kind = asked.get("httptype") or "singlepart"
    if kind not in ("singlepart", "multipart"):
        raise BadArguments(f"httptype {kind[:40]!r} is neither singlepart nor multipart")
    return kind == "multipart"


async def _parts(sound: AsyncIterator[bytes], wanted: StreamFormat) -> AsyncIterator[bytes]:
    """Each with its type and length, of as many bytes as VAPIX has in a part."""
    waiting = bytearray()
    async for data in sound:
        waiting += data
        size = wanted.block_bytes or len(data)
        while len(waiting) >= size:
            part = bytes(waiting[:size])
            del waiting[:size]
            head = f"--{BOUNDARY}\r\nContent-Type: {wanted.media_type}\r\n"
            yield f"{head}Content-Length: {size}\r\n\r\n".encode() + part + b"\r\n"
