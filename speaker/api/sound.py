"""Sound on order, whichever clip it is: `POST /api/v1/play`, `/page` and `/stop`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from conf.accounts.role import Role
from speaker.api.body import Body, Text
from speaker.api.clips import PLACEMENTS, Playing, Started
from speaker.api.errors import errors
from speaker.http.rights import SHORT_BODY_LIMIT, body_limit, needs
from speaker.sound import clip_commands
from speaker.sound.priorities import page as page_of

if TYPE_CHECKING:
    from speaker.device import Device

ClipNamed = Annotated[Text, Field(min_length=1, max_length=255, examples=["gong"])]


class ClipPlayed(Playing):
    """Which clip plays, and how."""

    clip: ClipNamed
    """Name of a clip, or of a built-in tone."""


class ClipPaged(Body):
    """A clip that is to be heard before everything else."""

    clip: ClipNamed
    """Name of a clip, or of a built-in tone."""
    gain_db: Annotated[float, Field(ge=-120, le=20)] = 0.0
    """On top of what is set for it."""
    repeat: Annotated[int, Field(ge=-1, le=100_000)] = 0
    """How many more times it plays; -1: until it is stopped."""
    priority: Annotated[int, Field(ge=1, le=100)] = 50
    """Of several pages, by multicast or not, the one with the higher number is heard."""


class ClipStopped(Body):
    """What is to be silent."""

    clip: ClipNamed | None = None
    """Only what plays of this clip; left out: all clips."""


class Silenced(BaseModel):
    """What was stopped."""

    clip: str | None
    """Null: all clips."""


def sound_routes(device: Device) -> APIRouter:
    """Play, page and stop."""
    router = APIRouter(prefix="/api/v1", tags=["sound"])

    @router.post("/play", responses=errors(404, 409))
    @needs(Role.VIEWER)
    @body_limit(SHORT_BODY_LIMIT)
    async def play(body: ClipPlayed) -> Started:
        """Play a clip, beside or below what else is heard; calls and pages come first."""
        clip = await clip_commands.play(
            device,
            body.clip,
            gain_db=body.gain_db,
            repeat=body.repeat,
            placement=replace(PLACEMENTS[body.priority], queue=body.queue),
        )
        return Started(playing=clip)

    @router.post("/page", responses=errors(404, 409))
    @needs(Role.OPERATOR)
    async def page(body: ClipPaged) -> Started:
        """Play a clip as a page: calls and other clips pause meanwhile."""
        clip = await clip_commands.play(
            device,
            body.clip,
            gain_db=body.gain_db,
            repeat=body.repeat,
            placement=page_of(body.priority),
        )
        return Started(playing=clip)

    @router.post("/stop")
    @needs(Role.VIEWER)
    @body_limit(SHORT_BODY_LIMIT)
    async def stop(body: ClipStopped) -> Silenced:
        """Stop clips that people or rules have started; where none plays, nothing happens."""
        with device.turn():
            device.player.stop_named(body.clip)
        return Silenced(clip=body.clip)

    return router
