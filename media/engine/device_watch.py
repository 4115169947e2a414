"""Turns what devices say of themselves into events, told once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from media.devices.device import InputDevice, OutputDevice
from media.engine.events import DeviceBack, DeviceLost, EngineEvent, Underrun

UNDERRUN_EVERY_S: Final = 1.0


class DeviceWatch:
    """Notices devices that are lost or back, and underruns."""

    def __init__(
        self, output: OutputDevice, input_: InputDevice, on_event: Callable[[EngineEvent], None]
    ) -> None:
        self._output = output
        self._devices: tuple[tuple[str, OutputDevice | InputDevice], ...] = (
            ("output", output),
            ("input", input_),
        )
        self._tell = on_event
        self._in_trouble: set[str] = set()
        self._underruns_told = 0
        self._underruns_told_at: float | None = None

    def look(self, now: float) -> None:
        """Ask the devices how they are; tell what changed."""
        for role, device in self._devices:
            trouble = device.trouble(now)
            if trouble and role not in self._in_trouble:
                self._in_trouble.add(role)
                self._tell(DeviceLost(role, trouble))
            elif not trouble and role in self._in_trouble:
                self._in_trouble.discard(role)
                self._tell(DeviceBack(role))
        self._tell_underruns(now)

    def _tell_underruns(self, now: float) -> None:
        new = self._output.underruns - self._underruns_told
        told_at = self._underruns_told_at
        if new and (told_at is None or now - told_at >= UNDERRUN_EVERY_S):
            self._underruns_told += new
            self._underruns_told_at = now
            self._tell(Underrun(new))
