"""A card that ALSA has without any sound server: what it plays goes through a pipe, at its rate."""

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.interop.sound_file import FULL_SCALE, Sound

NAME = "desk"
END_LIMIT_S = 5.0
_FRAME_OCTETS = 4
_READ_S = 0.01

ASOUNDRC = """
pcm.{name} {{
    type plug
    slave {{
        pcm {{ type file slave.pcm {{ type null }} file "{pipe}" format "raw" }}
        rate {rate_hz} channels 2 format S16_LE
    }}
}}
"""


class AlsaCard:
    """The card `NAME` of this process, of `rate_hz` only; no server can be found meanwhile.

    ALSA's null card takes sound as fast as it comes. The pipe is full after a moment, and from
    then on is emptied at the pace of a card.
    """

    def __init__(self, folder: Path, environment: pytest.MonkeyPatch, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._pipe = folder / "played"
        os.mkfifo(self._pipe)
        text = ASOUNDRC.format(name=NAME, pipe=self._pipe, rate_hz=rate_hz)
        (folder / ".asoundrc").write_text(text)
        environment.setenv("HOME", str(folder))
        environment.setenv("XDG_RUNTIME_DIR", str(folder))
        environment.delenv("PULSE_SERVER", raising=False)
        environment.delenv("ALSA_CONFIG_PATH", raising=False)
        self._played = bytearray()
        self._clock = threading.Thread(target=self._empty, daemon=True)
        self._clock.start()

    def played(self) -> Sound:
        """What was played, on the left, once nobody plays any more."""
        self._clock.join(END_LIMIT_S)
        assert not self._clock.is_alive(), "somebody still plays"
        samples = np.frombuffer(self._played, "<i2")[::2]
        return Sound(samples.astype(np.float64) / FULL_SCALE, self._rate_hz)

    def _empty(self) -> None:
        octets_per_s = self._rate_hz * _FRAME_OCTETS
        with self._pipe.open("rb", buffering=0) as pipe:
            began = time.monotonic()
            while part := pipe.read(round(octets_per_s * _READ_S)):
                self._played += part
                due = began + len(self._played) / octets_per_s
                time.sleep(max(0.0, due - time.monotonic()))
