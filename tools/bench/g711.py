"""G.711 µ-law, for the sound that the bench sends and compares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.bench.rtp_packet import PACKET_SAMPLES

RATE_HZ = 8000

Samples = NDArray[np.float32]


def _levels() -> Samples:
    """What each of the 256 codes means, full scale (8192 of G.711) as 1 (ITU-T G.711, table 2)."""
    code = ~np.arange(256, dtype=np.uint8)
    chord, step = (code >> 4) & 7, (code & 15).astype(np.int32)
    size = ((2 * step + 33) << chord) - 33
    return (np.where(code & 0x80, -size, size) / 8192).astype(np.float32)


_LEVELS = _levels()
_ORDER = np.argsort(_LEVELS, kind="stable")
_THRESHOLDS = (_LEVELS[_ORDER][:-1] + _LEVELS[_ORDER][1:]) / 2


def encode(samples: Samples) -> bytes:
    """The nearest code of each sample (full scale 1)."""
    return _ORDER[np.searchsorted(_THRESHOLDS, samples)].astype(np.uint8).tobytes()


def payloads(samples: Samples) -> list[bytes]:
    """The sound in packets of 20 ms.

    Raises:
        ValueError: `samples` is not a whole number of packets.
    """
    if not samples.size or samples.size % PACKET_SAMPLES:
        raise ValueError(f"{samples.size} samples are no whole number of {PACKET_SAMPLES}")
    sound = encode(samples)
    return [sound[at : at + PACKET_SAMPLES] for at in range(0, len(sound), PACKET_SAMPLES)]


def decode(payload: bytes) -> Samples:
    """Samples of full scale 1."""
    return _LEVELS[np.frombuffer(payload, np.uint8)]
