"""Our SSRC heard from elsewhere: a collision, or our own packets coming back (RFC 3550 §8.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

MOST_COLLISIONS: Final = 8
"""Of one stream. By chance there is none in a lifetime; who makes more is making us do so."""


class SsrcConflict:
    """What to do about each packet that carries our SSRC. `random` gives 32 random bits."""

    def __init__(self, ssrc: int, random: Callable[[], int]) -> None:
        self.ssrc = ssrc
        """Ours, at the moment."""
        self.collisions = 0
        """Times that we took another one."""
        self.looped = 0
        """Packets of our own that came back."""
        self._random = random
        self._sources: set[tuple[str, int]] = set()

    def heard_from(self, source: tuple[str, int], *, is_ours: bool) -> bool:
        """Whether the packet is another's, and we have given our SSRC up to it.

        Else it is a loop and must be dropped: `is_ours` says that we have sent this very packet,
        and a source that has collided once is not believed to do so again.
        """
        if is_ours or source in self._sources or self.collisions >= MOST_COLLISIONS:
            self.looped += 1
            return False
        self._sources.add(source)
        self.collisions += 1
        given_up = self.ssrc
        while self.ssrc == given_up:
            self.ssrc = self._random()
        return True
