"""What is known of a clip once it has been decoded."""

from __future__ import annotations

import json
from dataclasses import dataclass

from media.clips.loudness import Loudness, loudness_of
from media.clips.waveform import waveform_of
from media.frame import RATE_HZ, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFacts:
    """Measured of its sound, and read from its file."""

    samples: int
    """At 48 kHz."""
    loudness: Loudness
    waveform: tuple[float, ...]
    """Its highest sample in each of at most 500 equal stretches; full scale is 1."""
    container: str = ""
    """As FFmpeg calls it: `wav`, `mp3`, `ogg`; empty: it was made here, as the three below."""
    codec: str = ""
    """Likewise: `pcm_s16le`, `vorbis`."""
    rate_hz: int = 0
    """Of the file."""
    channels: int = 0
    """Of the file."""

    @property
    def length_s(self) -> float:
        """How long it plays."""
        return self.samples / RATE_HZ

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to hear: not one step of 16 bits."""
        return self.loudness.true_peak_db < -90.0

    def to_json(self) -> str:
        """One line, which `parse` reads."""
        told = {name: getattr(self, name) for name in _PLAIN}
        loudness = (self.loudness.integrated_lufs, self.loudness.true_peak_db)
        return json.dumps({**told, "loudness": loudness})

    @classmethod
    def parse(cls, line: str) -> ClipFacts:
        """Read what `to_json` has written.

        Raises:
            ValueError: it is something else.
        """
        try:
            told = json.loads(line)
            return cls(
                samples=int(told["samples"]),
                loudness=Loudness(*map(float, told["loudness"])),
                waveform=tuple(map(float, told["waveform"])),
                container=str(told["container"]),
                codec=str(told["codec"]),
                rate_hz=int(told["rate_hz"]),
                channels=int(told["channels"]),
            )
        except (KeyError, TypeError, AttributeError) as problem:
            raise ValueError(f"no facts of a clip: {problem}") from problem


_PLAIN = ("samples", "waveform", "container", "codec", "rate_hz", "channels")


def facts_of(samples: FloatArray) -> ClipFacts:
    """Of a clip that was made here."""
    return ClipFacts(
        samples=samples.size, loudness=loudness_of(samples), waveform=waveform_of(samples)
    )
