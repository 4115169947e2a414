"""Clips are added: `POST /api/v1/clips`, and how far each upload is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Path, Query, Request
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from conf.accounts.role import Role
from conf.sections.clip_library import MEGABYTE
from speaker.api.clip_told import ClipTold, told
from speaker.api.errors import errors
from speaker.http.bounded_body import announced_octets
from speaker.http.error_status import STATUS
from speaker.http.file_body import FileBody, NoFile
from speaker.http.identity import Identity, Who
from speaker.http.rights import needs, streams
from speaker.sound.clip_names import plain_stem
from speaker.sound.clip_refusals import ClipRefused
from speaker.sound.librarian import Actor

if TYPE_CHECKING:
    from speaker.device import Device
    from speaker.sound.clip_uploads import Upload
    from speaker.sound.librarian import NumberedClip

FORM_BYTES: Final = 64 * 1024
"""What a form may have around the file."""

CLOSE: Final = {"Connection": "close"}
"""For answers before the end of what is sent."""

_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FORM: Final = {
    "schema": {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}},
        "required": ["file"],
    }
}
BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": _BINARY, "multipart/form-data": _FORM},
    }
}

Name = Annotated[str, Query(max_length=255, examples=["bell"])]
UploadId = Annotated[str, Query(pattern=r"^[A-Za-z0-9-]{0,64}$")]


class UploadTold(BaseModel):
    """How far an upload is."""

    upload: str
    """What its sender calls it (`upload=`), or what the speaker made up."""
    stage: str
    """`receiving`, `waiting` (for another one to be decoded), `decoding`, `storing`."""
    received_bytes: int
    total_bytes: int | None
    """As the sender has announced; with a form a little more than the file."""


class Uploads(BaseModel):
    """Those that are under way."""

    uploads: list[UploadTold]


def clip_upload_routes(device: Device) -> APIRouter:
    """Uploads and their progress."""
    router = APIRouter(prefix="/api/v1", tags=["sound"])

    @router.post("/clips", status_code=201, openapi_extra=BODY, responses=errors(409, 507))
    @needs(Role.OPERATOR)
    @streams()
    async def add(
        request: Request,
        who: Who,
        name: Name = "",
        upload: UploadId = "",
        *,
        replace: Annotated[bool, Query()] = False,
    ) -> ClipTold:
        """Add a clip: the body is its file, or a form in which its file is.

        `name` may be left out where a form tells the file's name. With `replace` it takes the place
        of a clip of this name: its number, and the settings that name it, stay. `upload` is any
        name by which its progress can be asked for meanwhile.
        """
        try:
            clip = await _taken_in(device, request, who, name, upload, replace=replace)
        except (ClipRefused, NoFile) as error:
            raise HTTPException(STATUS[type(error)], str(error), CLOSE) from error
        except ClientDisconnect:
            raise HTTPException(400, "the upload broke off", CLOSE) from None
        return told(clip, str(request.base_url))

    @router.get("/clip-uploads")
    @needs(Role.OPERATOR)
    async def uploads() -> Uploads:
        """The uploads that are under way."""
        return Uploads(uploads=[_told(each) for each in device.clips.uploads.running])

    @router.get("/clip-uploads/{upload}")
    @needs(Role.OPERATOR)
    async def progress(upload: Annotated[str, Path(max_length=64)]) -> UploadTold:
        """How far one of them is; 404 when it is not under way, or not any more."""
        found = device.clips.uploads.get(upload)
        if found is None:
            raise HTTPException(404, "no such upload is under way")
        return _told(found)

    return router


async def _taken_in(
    device: Device, request: Request, who: Identity, name: str, upload_id: str, *, replace: bool
) -> NumberedClip:
    most_bytes = device.store.settings.clip_library.max_upload_mb * MEGABYTE
    body = FileBody(request)
    announced = announced_octets(request.scope)
    if body.is_form:
        announced = max(announced - FORM_BYTES, 0)
    async with device.clips.uploads.begin(
        most_bytes=most_bytes,
        announced_bytes=announced or None,
        identity=upload_id,
        replaces=plain_stem(name) if replace else "",
    ) as upload:
        async for data in body:
            await upload.write(data)
        return await device.clips.uploads.take_in(
            upload,
            name or body.filename,
            replace=replace,
            by=Actor(who.name, who.address),
        )


def _told(upload: Upload) -> UploadTold:
    return UploadTold(
        upload=upload.id,
        stage=upload.stage,
        received_bytes=upload.received_bytes,
        total_bytes=upload.total_bytes,
    )
