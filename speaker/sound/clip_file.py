"""A clip's file, as it is sent to whoever downloads it."""

from __future__ import annotations

import asyncio
import io
import wave
from typing import TYPE_CHECKING, Final

from fastapi.responses import FileResponse, Response

from media.codecs.pcm16 import to_pcm16
from media.frame import RATE_HZ

if TYPE_CHECKING:
    from speaker.sound.clips import ClipEntry
    from speaker.sound.librarian import Librarian

MEDIA_TYPES: Final = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".opus": "audio/ogg",
    ".ogg": "audio/ogg",
    ".au": "audio/basic",
    ".flac": "audio/flac",
}


async def clip_file(librarian: Librarian, entry: ClipEntry) -> Response:
    """The file as it was added; a tone of the program as WAV."""
    if entry.file is not None:
        kind = MEDIA_TYPES.get(entry.file.suffix.lower(), "application/octet-stream")
        return FileResponse(entry.file, media_type=kind, filename=entry.file.name)
    data = await asyncio.to_thread(_as_wave, librarian, entry.name)
    headers = {"Content-Disposition": f'attachment; filename="{entry.name}.wav"'}
    return Response(data, media_type="audio/wav", headers=headers)


def _as_wave(librarian: Librarian, tone: str) -> bytes:
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes(to_pcm16(librarian.library.load(tone).samples).astype("<i2").tobytes())
    return whole.getvalue()
