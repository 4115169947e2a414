"""How often a device's sound stood still, by its own count."""

from __future__ import annotations

from tools.bench.device import Device, Maker
from tools.bench.errors import CannotDo, Unreadable
from tools.bench.speaker_device import SPEAKER, figures_of_itself

COUNTER = "underruns"


def engine_figures(maker: Maker, device: Device) -> dict[str, float]:
    """What the device's sound engine tells of itself, `underruns` among it.

    Raises:
        CannotDo: this kind of device does not count them.
        Unreadable: it should, but does not tell.
    """
    if maker is not SPEAKER:
        raise CannotDo(f"{maker.name} does not count them")
    figures = figures_of_itself(device, "engine")
    if COUNTER not in figures:
        raise Unreadable(f"the engine has no figure {COUNTER!r}")
    return figures
