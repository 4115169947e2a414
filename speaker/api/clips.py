"""The clip library: `/api/v1/clips`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from conf.accounts.role import Role
from speaker.api.body import Body
from speaker.api.clip_told import ClipTold, link, told
from speaker.api.errors import errors
from speaker.http.identity import Who
from speaker.http.rights import SHORT_BODY_LIMIT, body_limit, needs
from speaker.sound import clip_commands
from speaker.sound.clip_file import clip_file
from speaker.sound.clip_refusals import UnknownClip
from speaker.sound.librarian import Actor
from speaker.sound.priorities import ANNOUNCEMENT, BACKGROUND, CLIP

if TYPE_CHECKING:
    from speaker.device import Device
    from speaker.sound.librarian import NumberedClip

ClipAsked = Annotated[str, Path(max_length=255)]

PLACEMENTS: Final = {"background": BACKGROUND, "clip": CLIP, "announcement": ANNOUNCEMENT}


class Limits(BaseModel):
    """As set in `[clip_library]`."""

    max_clips: int
    max_upload_mb: int
    max_total_mb: int
    max_length_s: int


class Library(BaseModel):
    """All clips, by their names."""

    clips: list[ClipTold]
    limits: Limits
    total_bytes: int
    """Of the files of all clips."""


class Change(Body):
    """What is to be another way; what is left out stays. Null gives a setting its default back."""

    name: Annotated[str, Field(max_length=255)] | None = None
    """A new name. Settings that name the clip follow."""
    gain_db: Annotated[float, Field(ge=-60, le=12)] | None = None
    normalize_loudness: bool | None = None


class Playing(Body):
    """How a clip is to be played."""

    gain_db: Annotated[float, Field(ge=-120, le=20)] = 0.0
    """On top of what is set for it."""
    repeat: Annotated[int, Field(ge=-1, le=100_000)] = 0
    """How many more times it plays; -1: until it is stopped."""
    priority: Literal["background", "clip", "announcement"] = "clip"
    """What makes others wait or be quieter: an announcement pauses clips, a clip lowers music in
    the background; calls and pages come before all of them."""
    queue: bool = False
    """Rather wait for what sounds now than sound together with it."""


class Started(BaseModel):
    """It plays, or waits for its turn."""

    playing: str
    """Of this playing; events name it."""


class Stopped(BaseModel):
    """All playings of this clip that people or rules started end."""

    stopped: str


class Removed(BaseModel):
    """The clip is gone."""

    removed: str
    missed_by: list[str]
    """Keys of the settings that still name it."""


class Waveform(BaseModel):
    """The highest sample in each of many equal stretches of time; full scale is 1."""

    length_s: float
    peaks: list[float]


class Link(BaseModel):
    """An address that plays the clip."""

    link: str


def clip_routes(device: Device) -> APIRouter:
    """What can be done with the clips that there are."""
    router = APIRouter(prefix="/api/v1/clips", tags=["sound"])
    _add_changes(router, device)
    _add_sound(router, device)
    _add_facts(router, device)
    _add_playing(router, device)
    return router


def _add_facts(router: APIRouter, device: Device) -> None:
    """What is known of all, and of one."""
    librarian = device.clips.librarian

    @router.get("", responses=errors(503))
    @needs(Role.VIEWER)
    async def clips(request: Request) -> Library:
        """All clips, and how many there may be."""
        found = await asyncio.to_thread(librarian.clips)
        limits = device.store.settings.clip_library
        return Library(
            clips=[told(clip, str(request.base_url)) for clip in found],
            limits=Limits(**limits.model_dump(include=set(Limits.model_fields))),
            total_bytes=sum(clip.entry.size_bytes for clip in found),
        )

    @router.get("/{name}", responses=errors(503))
    @needs(Role.VIEWER)
    async def clip(name: ClipAsked, request: Request) -> ClipTold:
        """One clip."""
        return told(await _found(device, name), str(request.base_url))

    @router.get("/{name}/link")
    @needs(Role.VIEWER)
    async def clip_link(
        name: ClipAsked,
        request: Request,
        volume: Annotated[int, Query(ge=0, le=1000)] = 100,
        repeat: Annotated[int, Query(ge=-1, le=100_000)] = 0,
    ) -> Link:
        """An address that plays it at a volume (in percent, linear), with repeats."""
        found = await _found(device, name)
        return Link(link=link(found, str(request.base_url), volume=volume, repeat=repeat))


def _add_playing(router: APIRouter, device: Device) -> None:
    """`POST` to `play` and `stop`."""

    @router.post("/{name}/play", responses=errors(409))
    @needs(Role.VIEWER)
    @body_limit(SHORT_BODY_LIMIT)
    async def play(name: ClipAsked, how: Playing | None = None) -> Started:
        """Play it."""
        how = how or Playing()
        clip = await clip_commands.play(
            device,
            (await _found(device, name)).entry.name,
            gain_db=how.gain_db,
            repeat=how.repeat,
            placement=replace(PLACEMENTS[how.priority], queue=how.queue),
        )
        return Started(playing=clip)

    @router.post("/{name}/stop")
    @needs(Role.VIEWER)
    async def stop(name: ClipAsked) -> Stopped:
        """Stop it."""
        entry = (await _found(device, name)).entry
        with device.turn():
            for each in {entry.name, entry.file.name if entry.file else entry.name}:
                device.player.stop_named(each)
        return Stopped(stopped=entry.name)


def _add_changes(router: APIRouter, device: Device) -> None:
    """`PATCH` and `DELETE`."""
    librarian = device.clips.librarian

    @router.patch("/{name}", responses=errors(409, 507))
    @needs(Role.OPERATOR)
    async def change(name: ClipAsked, body: Change, request: Request, who: Who) -> ClipTold:
        """Give it another name, or another level."""
        found = await _found(device, name)
        by = Actor(who.name, who.address)
        level = body.model_dump(exclude_unset=True, exclude={"name"})
        if level:
            found = await asyncio.to_thread(librarian.set_level, found.entry.name, level, by=by)
        if body.name is not None:
            found = await asyncio.to_thread(librarian.rename, found.entry.name, body.name, by=by)
        return told(found, str(request.base_url))

    @router.delete("/{name}", responses=errors(409, 507))
    @needs(Role.OPERATOR)
    async def remove(
        name: ClipAsked, who: Who, *, force: Annotated[bool, Query()] = False
    ) -> Removed:
        """Delete it; one that settings name only with `force`.

        Those settings then wait for another clip of its name.
        """
        found = await _found(device, name)
        by = Actor(who.name, who.address)
        missed = await asyncio.to_thread(librarian.remove, found.entry.name, force=force, by=by)
        return Removed(removed=found.entry.name, missed_by=missed)


def _add_sound(router: APIRouter, device: Device) -> None:
    """The file and its shape."""
    files = {"content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}}}

    @router.get("/{name}/audio", response_class=Response, responses={200: files})
    @needs(Role.OPERATOR)
    async def audio(name: ClipAsked) -> Response:
        """The file as it was added; a built-in tone as WAV."""
        return await clip_file(device.clips.librarian, (await _found(device, name)).entry)

    @router.get("/{name}/waveform")
    @needs(Role.VIEWER)
    async def waveform(
        name: ClipAsked, points: Annotated[int, Query(ge=1, le=500)] = 500
    ) -> Waveform:
        """Its shape for the eye, in at most so many points."""
        facts = (await _found(device, name)).entry.facts
        if facts is None:
            raise UnknownClip(f"clip {name!r} has not been decoded")
        peaks = facts.waveform
        if len(peaks) > points:
            places = [place * len(peaks) // points for place in range(points + 1)]
            peaks = tuple(max(peaks[places[i] : places[i + 1]]) for i in range(points))
        return Waveform(length_s=round(facts.length_s, 3), peaks=list(peaks))


async def _found(device: Device, name: str) -> NumberedClip:
    return await asyncio.to_thread(device.clips.librarian.clip, name)
