"""How much the clip library may hold: the section `[clip_library]`."""

from typing import Annotated, Final

from conf.sections.table import Table
from conf.values.constraints import Range

MEGABYTE: Final = 1_000_000


class ClipLibrarySettings(Table):
    """What may be added to the clip library. Clips that are there already stay."""

    max_clips: Annotated[int, Range(1, 1000)] = 100
    """How many clips may be added, the built-in tones not counted."""
    max_upload_mb: Annotated[int, Range(1, 500)] = 50
    """How large the file of one clip may be, in millions of bytes."""
    max_total_mb: Annotated[int, Range(1, 100000)] = 500
    """How large the files of all clips may be together."""
    max_length_s: Annotated[int, Range(1, 1800)] = 1800
    """How long one clip may be."""
    cache_mb: Annotated[int, Range(50, 100000)] = 1000
    """How much of the disk the decoded sound of clips may take, so that they start at once: a
    minute takes 11.5. Beyond it those that were played longest ago are decoded anew when they are
    wanted."""
