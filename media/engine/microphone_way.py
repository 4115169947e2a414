"""The microphone's way in the engine: device, detection, echo, gain, listeners."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from media.devices.device import InputDevice
from media.engine.commands import DetectSound, SetGains, ShapeMicrophone
from media.engine.events import EngineEvent, PartFailed, SoundDetected
from media.engine.faults import FaultTeller
from media.engine.listeners import Listeners
from media.frame import FloatArray, linear, silence
from media.microphone.near_end import EchoCancellation, NearEnd
from media.microphone.sound_detector import SoundDetector
from media.mixing.mixer import GainRamp


class MicrophoneWay:
    """From the device to what is sent; what raises on it keeps nobody from being heard."""

    def __init__(
        self,
        input_: InputDevice,
        tell: Callable[[EngineEvent], None],
        faults: FaultTeller,
        *,
        has_echo: bool,
    ) -> None:
        """`has_echo`: it may hear the loudspeaker in a room."""
        self.listeners: Final = Listeners()
        self.cancels_echo = False
        self._input = input_
        self._tell = tell
        self._faults = faults
        self._has_echo = has_echo
        self._frame = silence()
        self._near_end = NearEnd()
        self._enabled = True
        self._gain = 1.0
        self._ramp = GainRamp(self._gain)
        self._detector: SoundDetector | None = None

    @property
    def is_muted(self) -> bool:
        """Whether settings let nothing pass."""
        return self._ramp.is_silent

    def set_gains(self, gains: SetGains) -> None:
        """Head for this gain."""
        self._enabled = gains.input_enabled
        is_heard = gains.input_enabled and not gains.input_muted
        self._gain = linear(gains.input_gain_db) if is_heard else 0.0
        self._ramp.aim(self._gain)

    def shape(self, command: ShapeMicrophone) -> None:
        """Do this to its sound from now on."""
        echo = command.echo_cancellation if self._has_echo else EchoCancellation.OFF
        self.cancels_echo = echo is not EchoCancellation.OFF
        self._near_end.shape(
            echo,
            command.noise_suppression,
            automatic_gain=command.automatic_gain,
        )

    def detect(self, command: DetectSound) -> None:
        """Tell from now on whether it is loud."""
        if command.alarm_level_dbfs is None:
            self._detector = None
            return
        self._detector = SoundDetector(
            command.alarm_level_dbfs, quiet_after_s=command.quiet_after_s
        )
        self._tell(SoundDetected(is_loud=False))

    def take(self, played: FloatArray | None, now: float) -> FloatArray:
        """The next 480 samples of the device; they are passed on to `send`.

        `played` is what the loudspeaker was given in this tick.
        """
        try:
            self._input.read(self._frame, played, now)
        except Exception as fault:
            self._frame.fill(0.0)
            self._faults.tell("microphone", fault, now)
        return self._frame

    def send(self, played: FloatArray | None, now: float, *, is_heard: bool) -> FloatArray:
        """What was taken, as it is to be sent, valid until the next call.

        `is_heard`: a peer hears it; listeners count by themselves.
        """
        microphone = self._frame
        if self._detector is not None:
            own = played if self._has_echo else None
            is_loud = self._detector.hear(microphone, self._gain, own)
            if is_loud is not None:
                self._tell(SoundDetected(is_loud))
        # A muted microphone goes on, so that the echo is still known when it is heard again. One
        # that is switched off does so until it has faded out, or its echo would be heard then.
        is_on = self._enabled or not self._ramp.is_silent
        if is_on and (is_heard or self.listeners):
            try:
                microphone = self._near_end.process(microphone, played)
            except Exception as fault:
                self._near_end.restart()
                self._faults.tell("echo cancellation", fault, now)
        else:
            self._near_end.rest()
        gain = self._ramp.step()
        if not isinstance(gain, float) or gain != 1.0:
            microphone = np.multiply(microphone, gain, out=self._frame, dtype=np.float32)
            np.clip(microphone, -1.0, 1.0, out=microphone)
        if self.listeners:
            self._let_listen(microphone)
        return microphone

    def _let_listen(self, microphone: FloatArray) -> None:
        self.listeners.hear(microphone)
        for listener, fault in self.listeners.take_failed():
            self._tell(PartFailed(f"listener {listener}", fault))
