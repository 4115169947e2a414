"""Where there is nothing to be heard in a recording."""

from dataclasses import dataclass

import numpy as np

from tests.interop.sound_file import Sound

SILENT = 0.002
"""Below this peak there is no speech, only the codec's smallest steps."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch of silence; seconds from the start of the recording."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return self.end_s - self.start_s


def longest_pause(heard: Sound) -> Pause:
    """The longest silence between two sounds; none is before the first or behind the last.

    Raises:
        ValueError: nothing is to be heard at all.
    """
    loud = np.flatnonzero(np.abs(heard.samples) > SILENT)
    if loud.size == 0:
        raise ValueError("a recording of nothing has no pause in it")
    gaps = np.diff(loud, append=loud[-1])
    longest = int(np.argmax(gaps))
    start = int(loud[longest])
    return Pause(start / heard.rate_hz, (start + int(gaps[longest])) / heard.rate_hz)
