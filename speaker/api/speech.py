"""Text that is spoken: `POST /api/v1/speak`, and the voices that there are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from conf.accounts.role import Role
from conf.sections.speech import OptionalVoiceName, SpokenText
from speaker.api.body import Body, Text
from speaker.api.clips import PLACEMENTS, Started
from speaker.api.errors import errors
from speaker.http.rights import needs
from speaker.sound.priorities import page
from speaker.sound.speech import Spoken

if TYPE_CHECKING:
    from speaker.device import Device

SPEECH_PLACEMENTS: Final = {**PLACEMENTS, "page": page(50)}


class TextSpoken(Body):
    """What is spoken, and how."""

    text: Annotated[SpokenText, Text, Field(examples=["The shop closes in ten minutes."])]
    """In one line; markup is read out as it stands."""
    voice: OptionalVoiceName = ""
    """`en-gb`, `de`, `en-us+f3`: one of `GET /api/v1/voices`; empty: as set (`speech.voice`)."""
    gain_db: Annotated[float, Field(ge=-120, le=20)] = 0.0
    """On top of the loudness of clips (`audio.clip_loudness_lufs`)."""
    repeat: Annotated[int, Field(ge=-1, le=100_000)] = 0
    """How many more times it is said; -1: until it is stopped."""
    priority: Literal["background", "clip", "announcement", "page"] = "announcement"
    """As of clips; a page comes before calls."""
    queue: bool = False
    """Rather wait for what sounds now than sound together with it."""


class VoiceTold(BaseModel):
    """How one language, or dialect, is spoken."""

    voice: str = Field(examples=["en-gb"])
    name: str = Field(examples=["English (Great Britain)"])
    """Of the language, in English."""


class VoicesTold(BaseModel):
    """All voices of the program that speaks."""

    voices: list[VoiceTold]
    variants: list[str] = Field(examples=[["f3", "m7"]])
    """Other throats for each of them: `en-gb+f3`."""


def speech_routes(device: Device) -> APIRouter:
    """Speak, and the voices."""
    router = APIRouter(prefix="/api/v1", tags=["sound"])

    @router.post("/speak", responses=errors(409, 503))
    @needs(Role.OPERATOR)
    async def speak(body: TextSpoken) -> Started:
        """Speak a text; clips pause meanwhile, calls and pages come first.

        It is stopped as clips are, by the name `speech`.
        """
        placement = replace(SPEECH_PLACEMENTS[body.priority], queue=body.queue)
        clip = await device.speech.speak(
            Spoken(
                text=body.text,
                voice=body.voice,
                gain_db=body.gain_db,
                repeat=body.repeat,
                placement=placement,
            )
        )
        return Started(playing=clip)

    @router.get("/voices", responses=errors(503))
    @needs(Role.OPERATOR)
    async def voices() -> VoicesTold:
        """The voices that text can be spoken by."""
        found = await device.speech.voices()
        told = [VoiceTold(voice=each.language, name=each.name) for each in found.voices]
        return VoicesTold(voices=told, variants=list(found.variants))

    return router
