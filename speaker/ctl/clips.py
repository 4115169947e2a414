"""`clips`: the library."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from speaker.ctl.api import part
from speaker.ctl.output import duration, table
from speaker.ctl.told import Told
from speaker.ctl.trouble import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speaker.ctl.errand import Commands, Errand

MEGABYTE = 1_000_000


def add_commands(commands: Commands) -> None:
    """Make them known."""
    clips = commands.below(commands.add("clips", tell_clips, "the clips there are"))
    clips.add("list", tell_clips, "the clips there are")
    add = clips.add("add", add_clip, "add a clip: .wav .mp3 .opus .ogg .au .flac")
    add.add_argument("file", type=Path, metavar="FILE", help="of sound")
    add.add_argument(
        "--name", metavar="NAME", help="what it is to be called (default: as the file)"
    )
    add.add_argument(
        "--replace", action="store_true", help="put it in the place of one that has this name"
    )
    remove = clips.add("remove", remove_clip, "delete a clip")
    remove.add_argument("clip", metavar="CLIP", help="its name")
    remove.add_argument("--force", action="store_true", help="even if settings name it")
    rename = clips.add("rename", rename_clip, "call a clip otherwise; settings follow")
    rename.add_argument("clip", metavar="CLIP", help="its name")
    rename.add_argument("name", metavar="NAME", help="its new name")


def tell_clips(errand: Errand) -> None:
    """Print a table of them."""
    told = errand.api.get("/clips")
    errand.output.tell(told, _lines(Told(told)))


def _lines(library: Told) -> Iterable[str]:
    clips = library.objects("clips")
    yield from table(
        ("number", "clip", "length", "format", "loudness", "used by"),
        [_row(each) for each in clips],
    )
    limits = library.part("limits")
    files = sum(not each.flag("built_in") for each in clips)
    megabytes = (library.number("total_bytes") or 0) / MEGABYTE
    yield ""
    yield (
        f"{files} of {limits.text('max_clips')} clips with {megabytes:.1f} of"
        f" {limits.text('max_total_mb')} MB, and {len(clips) - files} built-in tones"
    )


def _row(clip: Told) -> tuple[str, ...]:
    length_s, loudness = clip.number("length_s"), clip.number("loudness_lufs")
    kind = "tone" if clip.flag("built_in") else clip.text("format") or "-"
    return (
        clip.text("number"),
        clip.text("name"),
        "-" if length_s is None else _length(length_s),
        clip.text("problem") or kind,
        "-" if loudness is None else f"{loudness:.1f} LUFS",
        ", ".join(clip.texts("used_by")),
    )


def _length(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else duration(seconds)


def add_clip(errand: Errand) -> None:
    """Send the file; the device says whether it can be played."""
    path: Path = errand.options.file
    query = {
        "name": errand.options.name or path.name,
        "replace": str(errand.options.replace).lower(),
    }
    try:
        file = path.open("rb")
    except OSError as error:
        raise WrongUsage(f"{path}: {error.strerror}") from error
    with file:
        size = os.fstat(file.fileno()).st_size
        told = errand.api.post_file("/clips", query, file, size)
    clip = Told(told)
    length = _length(clip.number("length_s") or 0)
    errand.output.tell(told, [f"added {clip.text('name')}, {length} long"])


def remove_clip(errand: Errand) -> None:
    """Delete it."""
    force = str(errand.options.force).lower()
    told = errand.api.delete(f"/clips/{part(errand.options.clip)}", {"force": force})
    missed = Told(told).texts("missed_by")
    still = f"; these settings still name it: {', '.join(missed)}" if missed else ""
    errand.output.tell(told, [f"removed {Told(told).text('removed')}{still}"])


def rename_clip(errand: Errand) -> None:
    """Give it another name."""
    options = errand.options
    told = errand.api.send("PATCH", f"/clips/{part(options.clip)}", {"name": options.name})
    errand.output.tell(told, [f"{options.clip} is now {Told(told).text('name')}"])
