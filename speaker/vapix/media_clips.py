"""`playclip.cgi`, `stopclip.cgi` and `mediaclip.cgi` (VAPIX Media clip API)."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from conf.accounts.role import Role
from conf.sections.clip_library import MEGABYTE
from conf.store.store_error import StoreError
from media.clips.clip import ClipError
from speaker.http.cross_site import check_page
from speaker.http.file_body import FileBody, NoFile
from speaker.http.identity import Identity, Who
from speaker.http.rights import needs, streams
from speaker.sound import clip_commands
from speaker.sound.clip_file import clip_file
from speaker.sound.clip_player import TooManyClips
from speaker.sound.clip_refusals import ClipRefused
from speaker.sound.librarian import Actor
from speaker.vapix.answers import done, refused
from speaker.vapix.arguments import Arguments, Asked, BadArguments, arguments_of, query_arguments
from speaker.vapix.sound_devices import check_output

if TYPE_CHECKING:
    from speaker.device import Device


HIGHEST_NUMBER = 2**31 - 1
HIGHEST_REPEAT = 100_000
CANNOT = (ClipRefused, ClipError, TooManyClips, StoreError, NoFile)
"""What goes wrong is told in the body of a 400."""


def media_clip_routes(device: Device) -> APIRouter:
    """The CGIs."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/axis-cgi/playclip.cgi", methods=["GET", "POST"])
    @needs(Role.VIEWER)
    async def play_clip(asked: Asked) -> Response:
        """Play a clip: what the link of a clip does."""
        return await _answered(device, asked, "play")

    @router.api_route("/axis-cgi/stopclip.cgi", methods=["GET", "POST"])
    @needs(Role.VIEWER)
    async def stop_clip(asked: Asked) -> Response:
        """Stop what plays."""
        return await _answered(device, asked, "stop")

    @router.get("/axis-cgi/mediaclip.cgi")
    @needs(Role.OPERATOR)
    async def media_clip(request: Request, asked: Asked, who: Who) -> Response:
        """Everything but an upload."""
        if asked.get("action") in ("update", "remove"):
            check_page(request.scope)
        return await _answered(device, asked, asked.get("action") or "", _actor(who))

    @router.post("/axis-cgi/mediaclip.cgi")
    @needs(Role.OPERATOR)
    @streams()
    async def media_clip_form(request: Request, who: Who) -> Response:
        """An upload, or anything else as a form."""
        if query_arguments(request).get("action") == "upload":
            return await _upload(device, request, _actor(who))
        asked = await arguments_of(request)
        return await _answered(device, asked, asked.get("action") or "", _actor(who))

    return router


def _actor(who: Identity) -> Actor:
    return Actor(who.name, who.address)


async def _answered(
    device: Device, asked: Arguments, action: str, by: Actor | None = None
) -> Response:
    """What one action leads to; those that change the library need to know by whom."""
    try:
        if action == "play":
            return done(f"playing={await _play(device, asked)}")
        if action == "stop":
            clip_commands.stop_all(device)
            return done("stopping")
        if by is not None and action in ("update", "remove", "download"):
            return await _manage(device, asked, action, by)
    except CANNOT as error:
        return refused(400, str(error))
    raise BadArguments(f"action {action[:40]!r} is unknown")


async def _play(device: Device, asked: Arguments) -> int:
    """Play what is asked for; the number of the clip."""
    check_output(asked)
    repeat = asked.number("repeat", low=-1, high=HIGHEST_REPEAT, default=0)
    volume = asked.number("volume", low=0, high=1000, default=100)
    location = asked.get("location")
    if location is not None:
        clips = await asyncio.to_thread(device.clips.librarian.clips)
        clip = secrets.choice(clip_commands.matching(clips, location))
    else:
        number = _number(asked)
        clip = await asyncio.to_thread(device.clips.librarian.numbered, number)
    gain_db = clip_commands.gain_of_volume(volume)
    await clip_commands.play(device, clip.entry.name, gain_db=gain_db, repeat=repeat)
    return clip.number


def _number(asked: Arguments) -> int:
    if asked.get("clip") is None:
        raise BadArguments("clip is missing")
    return asked.number("clip", low=0, high=HIGHEST_NUMBER, default=0)


async def _manage(device: Device, asked: Arguments, action: str, by: Actor) -> Response:
    librarian, number = device.clips.librarian, _number(asked)
    clip = await asyncio.to_thread(librarian.numbered, number)
    if action == "download":
        return await clip_file(librarian, clip.entry)
    if action == "update":
        name = asked.get("name")
        if not name:
            raise BadArguments("name is missing")
        await asyncio.to_thread(librarian.rename, clip.entry.name, name, by=by)
        return done(f"updated={number}")
    await asyncio.to_thread(librarian.remove, clip.entry.name, by=by)
    return done(f"removed={number}")


async def _upload(device: Device, request: Request, by: Actor) -> Response:
    """Add the file in the form."""
    asked = query_arguments(request)
    if asked.get("media") != "audio":
        raise BadArguments("media is not audio")
    most_bytes = device.store.settings.clip_library.max_upload_mb * MEGABYTE
    try:
        body = FileBody(request)
        async with device.clips.uploads.begin(most_bytes=most_bytes) as upload:
            async for data in body:
                await upload.write(data)
            name = asked.get("name") or body.filename
            clip = await device.clips.uploads.take_in(upload, name, replace=False, by=by)
    except CANNOT as error:
        return refused(400, str(error), close=True)
    except ClientDisconnect:
        return refused(400, "the upload broke off", close=True)
    return done(f"uploaded={clip.number}")
