"""How a simulated room answers: its impulse responses, and convolving with them frame by frame."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray, linear, silence

LONGEST_RESPONSE_S: Final = 0.5
KEPT: Final = 5 / 6
"""Share of the reverberation time that is computed; what is left then is 50 dB down."""

_DIRECT_PATHS_S: Final = (0.0004, 0.00093)
"""From loudspeaker to microphone: 13 cm, and 32 cm by way of somebody's hand."""
ARRANGEMENTS: Final = len(_DIRECT_PATHS_S)
"""Of the things in a room."""

_DIRECT_TO_ROOM: Final = 2.0
_SEED: Final = 1410

ComplexArray = npt.NDArray[np.complex64]


def room_response(reverberation_s: float, echo_db: float, arrangement: int = 0) -> FloatArray:
    """What the microphone hears of one impulse: the direct path, then noise that dies away.

    The same in every run; its energy is that of `echo_db`. `arrangement` is below `ARRANGEMENTS`.
    """
    length_s = min(KEPT * reverberation_s, LONGEST_RESPONSE_S)
    time_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(_SEED + arrangement).standard_normal(time_s.size)
    response = noise * np.exp(-6.91 * time_s / reverberation_s)  # ln(1000): 60 dB
    direct = round(_DIRECT_PATHS_S[arrangement] * RATE_HZ)
    response[: 4 * direct] = 0.0
    room_energy = float(np.sum(response**2))
    response[direct] = np.sqrt(_DIRECT_TO_ROOM * room_energy)
    response *= linear(echo_db) / np.sqrt(np.sum(response**2))
    return response.astype(np.float32)


class Echo:
    """Convolves frames with a long response, part by part in the frequency domain (overlap-save).

    A frame in gives its frame out in the same call, at a cost that grows with the response only
    by one multiplication of spectra for each 10 ms.
    """

    def __init__(self, *responses: FloatArray) -> None:
        """Take one response, or several of one length for `hear` to choose from."""
        parts = -(-responses[0].size // FRAME_SAMPLES)
        self._responses: list[ComplexArray] = [_in_parts(response, parts) for response in responses]
        self._heard: ComplexArray = np.zeros_like(self._responses[0])
        self._newest = 0
        self._window = silence(2 * FRAME_SAMPLES)
        self._parts = np.arange(parts)

    def hear(self, frame: FloatArray, which: int = 0) -> FloatArray:
        """What the microphone hears during the frame by that response; a fresh array."""
        self._window[:FRAME_SAMPLES] = self._window[FRAME_SAMPLES:]
        self._window[FRAME_SAMPLES:] = frame
        self._newest = (self._newest - 1) % self._parts.size
        self._heard[self._newest] = np.fft.rfft(self._window)
        in_order = self._heard[(self._newest + self._parts) % self._parts.size]
        spectrum = np.einsum("pf,pf->f", in_order, self._responses[which])
        return np.fft.irfft(spectrum)[FRAME_SAMPLES:].astype(np.float32)


def _in_parts(response: FloatArray, parts: int) -> ComplexArray:
    padded = np.zeros((parts, 2 * FRAME_SAMPLES), dtype=np.float32)
    padded[:, :FRAME_SAMPLES].flat[: response.size] = response
    return np.fft.rfft(padded, axis=1).astype(np.complex64)
