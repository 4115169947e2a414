"""`room:PATH.wav`: a microphone in a room: someone who speaks there, and the loudspeaker's echo."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from media.devices.wav import WavInput
from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray, linear, silence

ECHO_DB: Final = -6.0
"""Level of the echo at the microphone, as energy, against what is played."""
REVERBERATION_S: Final = 0.3
"""Time in which the sound of the room falls by 60 dB."""
ECHO_S: Final = 0.25
"""Length of the response that is computed; what is left then is 50 dB down."""
CARD_DELAY_FRAMES: Final = 2
"""From the tick that plays to the air: what a card's buffer holds."""

_DIRECT_PATH_S: Final = 0.0004  # 13 cm from loudspeaker to microphone
_DIRECT_TO_ROOM: Final = 2.0
_SEED: Final = 1410

ComplexArray = npt.NDArray[np.complex64]


def room_response() -> FloatArray:
    """What the microphone hears of one impulse: the direct path, then noise that dies away.

    The same in every run. Its energy is that of `ECHO_DB`.
    """
    time_s = np.arange(round(ECHO_S * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(_SEED).standard_normal(time_s.size)
    response = noise * np.exp(-6.91 * time_s / REVERBERATION_S)  # ln(1000): 60 dB
    direct = round(_DIRECT_PATH_S * RATE_HZ)
    response[: 4 * direct] = 0.0
    room_energy = float(np.sum(response**2))
    response[direct] = np.sqrt(_DIRECT_TO_ROOM * room_energy)
    response *= linear(ECHO_DB) / np.sqrt(np.sum(response**2))
    return response.astype(np.float32)


class Echo:
    """Convolves frames with a long response, part by part in the frequency domain (overlap-save).

    A frame in gives its frame out in the same call, at a cost that grows with the response only
    by one multiplication of spectra for each 10 ms.
    """

    def __init__(self, response: FloatArray) -> None:
        parts = -(-response.size // FRAME_SAMPLES)
        padded = np.zeros((parts, 2 * FRAME_SAMPLES), dtype=np.float32)
        padded[:, :FRAME_SAMPLES].flat[: response.size] = response
        self._response: ComplexArray = np.fft.rfft(padded, axis=1).astype(np.complex64)
        self._heard: ComplexArray = np.zeros_like(self._response)
        self._newest = 0
        self._window = silence(2 * FRAME_SAMPLES)
        self._parts = np.arange(parts)

    def hear(self, frame: FloatArray) -> FloatArray:
        """What the microphone hears during the frame; a fresh array."""
        self._window[:FRAME_SAMPLES] = self._window[FRAME_SAMPLES:]
        self._window[FRAME_SAMPLES:] = frame
        self._newest = (self._newest - 1) % self._parts.size
        self._heard[self._newest] = np.fft.rfft(self._window)
        in_order = self._heard[(self._newest + self._parts) % self._parts.size]
        spectrum = np.einsum("pf,pf->f", in_order, self._response)
        return np.fft.irfft(spectrum)[FRAME_SAMPLES:].astype(np.float32)


class RoomInput(WavInput):
    """The file of the near end, and the echo of what is played."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._echo = Echo(room_response())
        self._on_the_way = [silence() for _ in range(CARD_DELAY_FRAMES)]
        self._silence = silence()

    def read(self, into: FloatArray, played: FloatArray | None, now: float) -> None:
        """Give the next frame of the file with the echo added."""
        super().read(into, played, now)
        arriving = self._on_the_way.pop(0)
        into += self._echo.hear(arriving)
        np.copyto(arriving, self._silence if played is None else played)
        self._on_the_way.append(arriving)
