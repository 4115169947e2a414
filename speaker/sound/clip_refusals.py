"""Why the clip library refuses something; each message is a sentence for the person who asked.

ClipRefused
├── UnknownClip   there is no such clip
│   └── MissingClip   there was one, and settings may still name it
├── BadClipName   nothing can be called that
├── ClipExists    the name is taken
├── BuiltInClip   it is a tone of the program
├── ClipInUse     settings name it
├── NotPlayable   the file is no sound that can be played
├── TooLarge      the file is larger than allowed
├── LibraryFull   there are as many clips, or bytes, as allowed
├── LibraryBusy   too many uploads at once
└── DiskTrouble   the disk is full, or does not do what it should
"""

from __future__ import annotations


class ClipRefused(Exception):
    """Any of them."""


class UnknownClip(ClipRefused, LookupError):
    """There is no clip of this name; the message lists those that there are."""


class MissingClip(UnknownClip):
    """It was deleted, though settings name it: the speaker does without until there is another."""


class BadClipName(ClipRefused):
    """The name cannot be one."""


class ClipExists(ClipRefused):
    """Another clip has the name."""


class BuiltInClip(ClipRefused):
    """It needs no file, and so has none that could be changed."""


class ClipInUse(ClipRefused):
    """Settings name the clip."""

    def __init__(self, name: str, uses: list[str]) -> None:
        super().__init__(f"clip {name!r} is named by {', '.join(uses)}")
        self.uses = uses
        """Their keys."""


class NotPlayable(ClipRefused):
    """The message says what is wrong with the file."""


class TooLarge(ClipRefused):
    """The message says how large it may be."""


class LibraryFull(ClipRefused):
    """The message says how much there may be."""


class LibraryBusy(ClipRefused):
    """The same will do later."""


class DiskTrouble(ClipRefused):
    """The message says what the system says."""
