"""What the engine asks of a sound device.

A driver is opened and closed on a thread that may wait. All else is called on the engine thread,
each tick, and neither waits nor raises: a device in trouble takes or gives silence, heals itself
where it can, and says what is wrong when asked.
"""

from __future__ import annotations

from typing import Protocol

from media.errors import MediaError
from media.frame import FloatArray


class SoundDeviceError(MediaError):
    """A sound device cannot be opened; the message names it and says why."""


class OutputDevice(Protocol):
    """A loudspeaker, or what stands for one."""

    @property
    def underruns(self) -> int:
        """How often it ran out of sound since it was opened."""

    @property
    def delay_s(self) -> float:
        """Seconds until a frame that is written now begins to be heard, as far as is known."""

    def open(self) -> None:
        """Get ready to play. A card that is not there, or is in use, is waited for in trouble.

        Raises:
            SoundDeviceError: it cannot, and waiting will not help; one sentence says why.
        """

    def write(self, frame: FloatArray | None, now: float) -> None:
        """Take the next 480 samples; None is silence. They are copied."""

    def keep_delay_under(self, seconds: float) -> None:
        """Hold back no more than makes this `delay_s`, as far as it is up to us.

        It is a wish of an echo canceller, which does not look back for ever. Sound that has to
        wait because its card comes unevenly waits all the same.
        """

    def pace(self) -> float | None:
        """The factor by which the engine's period shall follow the device's clock.

        Above 1 when the device is slower than our clock; None when it has no clock of its own.
        """

    def trouble(self, now: float) -> str:
        """Why no sound moves now; empty when all is well."""

    def close(self) -> None:
        """Play out what was taken, then give the device back. May be called twice."""


class InputDevice(Protocol):
    """A microphone, or what stands for one. Whatever its clock, it keeps the engine's pace."""

    @property
    def delay_s(self) -> float:
        """Seconds since the frame that is read now began to be spoken, as far as is known."""

    def open(self) -> None:
        """Get ready to record; as `OutputDevice.open`.

        Raises:
            SoundDeviceError: as there.
        """

    def read(self, into: FloatArray, played: FloatArray | None, now: float) -> None:
        """Put the next 480 samples into `into`, silence when there are none.

        `played` is what the loudspeaker was given in this tick (None: silence), for devices that
        hear it.
        """

    def keep_delay_under(self, seconds: float) -> None:
        """As `OutputDevice.keep_delay_under`."""

    def trouble(self, now: float) -> str:
        """As `OutputDevice.trouble`."""

    def close(self) -> None:
        """Give the device back. May be called twice."""
