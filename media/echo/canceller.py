"""What the microphone's way asks of an engine that cancels echo."""

from __future__ import annotations

from typing import Final, Protocol

from media.frame import FloatArray

LONGEST_DELAY_S: Final = 0.4
"""How late an echo may come by the devices and still be found, with 50 ms for the way through the
air: what each engine here looks back, as measured."""


class EchoCanceller(Protocol):
    """Takes the echo of the loudspeaker out of the microphone, 20 ms at a time.

    Used on one thread. Neither waits nor raises, whatever the samples are.
    """

    def cancel(self, microphone: FloatArray, loudspeaker: FloatArray | None) -> FloatArray:
        """What people near the microphone said: 960 samples, some milliseconds late.

        `loudspeaker` is what was given to the card in these two ticks, as loud as it was given
        (None: silence); its echo may come up to 400 ms later. The result is valid until the next
        call.
        """

    def reset(self) -> None:
        """Forget the room and all sound: another call begins."""
