"""What a clip may be called, and which file holds it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from speaker.sound.clip_refusals import BadClipName

SUFFIXES: Final = (".wav", ".mp3", ".opus", ".ogg", ".au", ".flac")
"""Endings that a clip's name may leave out; of several files that differ in it the first counts."""

_ALSO_SUFFIXES: Final = (".vorbis", ".oga", ".wave", ".snd")
"""Endings that people's files have; ours are those above."""

LONGEST_NAME: Final = 128
LONGEST_NAME_BYTES: Final = 200
"""File systems take names of 255 bytes, an ending and more among them."""

_PLAIN: Final = re.compile(r"(?![.])[^/\\\x00-\x1f\x7f]+")

_SUFFIX_OF: Final = {
    ("wav", ""): ".wav",
    ("mp3", ""): ".mp3",
    ("flac", ""): ".flac",
    ("au", ""): ".au",
    ("ogg", "opus"): ".opus",
    ("ogg", ""): ".ogg",
}


def clip_name(text: str) -> str:
    """The name for a clip that somebody calls `text`: without the ending of a sound file.

    Raises:
        BadClipName: it cannot be the name of a file, or of a clip in the settings.
    """
    name = plain_stem(unicodedata.normalize("NFC", text).strip()).strip()
    if not _PLAIN.fullmatch(name) or len(name) > LONGEST_NAME:
        raise BadClipName(
            f"{text[:LONGEST_NAME]!r} cannot be a clip's name: 1 to {LONGEST_NAME} characters,"
            " without a slash, and no dot at its beginning"
        )
    try:
        size = len(name.encode())
    except UnicodeEncodeError as problem:
        raise BadClipName("half a character is no part of a clip's name") from problem
    if size > LONGEST_NAME_BYTES:
        raise BadClipName(f"the name has {size} bytes, and more than {LONGEST_NAME_BYTES} are not")
    return name


def plain_stem(name: str) -> str:
    """A name without the ending of a sound file."""
    stem, dot, ending = name.rpartition(".")
    return stem if stem and (dot + ending).lower() in (*SUFFIXES, *_ALSO_SUFFIXES) else name


def suffix_for(container: str, codec: str) -> str | None:
    """The ending of a file with this content, in FFmpeg's words; None: no kind for clips."""
    return _SUFFIX_OF.get((container, codec)) or _SUFFIX_OF.get((container, ""))
