"""`room:PATH.wav`: a microphone in a room: someone who speaks there, and the loudspeaker's echo."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.devices.room_acoustics import ARRANGEMENTS, Echo, room_response
from media.devices.room_parameters import USUAL_ROOM, RoomParameters
from media.devices.wav import WavInput
from media.frame import FRAME_SAMPLES, RATE_HZ, TICK_S, FloatArray, linear, silence
from media.resampling.variable import VariableResampler

_SLIP_S: Final = 0.1
"""How far the clocks come apart before the card's buffer is full."""
_NOISE_SEED: Final = 1411


class _CardDelay:
    """The card's buffers between two clocks: samples come out later, and at another pace."""

    def __init__(self, delay_ms: float, drift_ppm: float) -> None:
        self._ratio = 1.0 / (1.0 + drift_ppm * 1e-6)  # a faster microphone takes smaller steps
        # What a tick hears was played before it: a card without any buffer still takes a frame.
        self._delay = max(round(delay_ms * 1e-3 * RATE_HZ), FRAME_SAMPLES)
        self._begin()

    def pass_on(self, frame: FloatArray) -> FloatArray:
        """480 samples in, 480 out."""
        if self._ticks * TICK_S * abs(1.0 - self._ratio) > _SLIP_S:
            self._begin()
        self._line.put(frame)
        while missing := self._line.lacking(frame.size, self._ratio):
            self._begin()
            self._line.put(silence(missing))
            self._line.put(frame)
        self._ticks += 1
        return self._line.take(frame.size, self._ratio)

    def _begin(self) -> None:
        self._ticks = 0
        self._line = VariableResampler()
        self._line.put(silence(max(self._delay - round(self._line.delay_s * RATE_HZ), 0)))


class RoomInput(WavInput):
    """The file of the near end, the echo of what is played, and the room's noise."""

    def __init__(self, name: str) -> None:
        """Take `PATH` or `PATH?NAME=NUMBER&…`, as `RoomParameters` reads it."""
        path, _, query = name.partition("?")
        super().__init__(path)
        self._room = room = RoomParameters.parse(query)
        arrangements = ARRANGEMENTS if room.change_s else 1
        self._echo = Echo(
            *(
                room_response(room.reverberation_ms * 1e-3, room.echo_db, arrangement)
                for arrangement in range(arrangements)
            )
        )
        self._card = _CardDelay(room.delay_ms, room.drift_ppm)
        self._noise = np.random.default_rng(_NOISE_SEED)
        self._loudest = np.float32(linear(room.soft_clip_db))
        self._silence = silence()
        self._ticks = 0

    def read(self, into: FloatArray, played: FloatArray | None, now: float) -> None:
        """Give the next frame of the file with the echo and the noise added."""
        super().read(into, played, now)
        aloud = self._silence if played is None else played
        if self._room.soft_clip_db < USUAL_ROOM.soft_clip_db:
            aloud = np.tanh(aloud / self._loudest) * self._loudest
        into += self._card.pass_on(self._echo.hear(aloud, self._arrangement()))
        if self._room.noise_db > USUAL_ROOM.noise_db:
            level = np.float32(linear(self._room.noise_db))
            into += level * self._noise.standard_normal(into.size, dtype=np.float32)
        self._ticks += 1

    def _arrangement(self) -> int:
        if not self._room.change_s:
            return 0
        return int(self._ticks * TICK_S / self._room.change_s) % ARRANGEMENTS
