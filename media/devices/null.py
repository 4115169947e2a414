"""`null`: a loudspeaker that nobody hears, a microphone that hears nothing."""

from __future__ import annotations

from media.devices.pacing import CardBuffer
from media.devices.virtual import Virtual
from media.frame import FloatArray


class NullOutput(Virtual):
    """Throws away what is played, in the time that a card would take."""

    def __init__(self) -> None:
        self._buffer = CardBuffer()

    @property
    def underruns(self) -> int:
        """Ticks that came too late for a card."""
        return self._buffer.underruns

    def write(self, frame: FloatArray | None, now: float) -> None:  # noqa: ARG002
        """Take a frame."""
        self._buffer.write(now)


class NullInput(Virtual):
    """Silence."""

    def read(self, into: FloatArray, played: FloatArray | None, now: float) -> None:  # noqa: ARG002
        """Give silence."""
        into.fill(0.0)
