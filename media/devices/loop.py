"""`loop`: the microphone hears what the loudspeaker played one frame ago, and nothing else."""

from __future__ import annotations

from media.devices.virtual import Virtual
from media.frame import TICK_S, FloatArray, silence


class LoopInput(Virtual):
    """Gives back what was played, 10 ms later, sample for sample."""

    def __init__(self) -> None:
        self._held = silence()

    @property
    def delay_s(self) -> float:
        """One frame."""
        return TICK_S

    def read(self, into: FloatArray, played: FloatArray | None, now: float) -> None:  # noqa: ARG002
        """Give the frame before `played`."""
        into[:] = self._held
        if played is None:
            self._held.fill(0.0)
        else:
            self._held[:] = played
