"""The clips that need no file: tones by name, made when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from media.clips import tones
from media.frame import FloatArray

_MELODY_HZ: Final = (523.25, 659.26, 783.99, 1046.5, 783.99, 659.26, 523.25)

TONES: Final[Mapping[str, Callable[[], FloatArray]]] = MappingProxyType(
    {
        "alarm": tones.alarm,
        "attention": tones.attention,
        "beep": tones.beep,
        "busy": tones.busy,
        "chime_down": lambda: tones.chime((783.99, 659.26, 523.25), note_s=0.45),
        "chime_up": lambda: tones.chime((523.25, 659.26, 783.99), note_s=0.45),
        "congestion": tones.congestion,
        "gong": tones.gong,
        "locate": tones.locate,
        "melody": lambda: tones.chime(_MELODY_HZ, note_s=0.4),
        "multitone": tones.multitone,
        "ringback": tones.ringback,
        "sweep": tones.sweep,
        "tone": tones.chime,
    }
)
