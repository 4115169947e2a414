"""The head of a .wav file that is still being written."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

from tools.bench.errors import Unreadable

SampleType = np.dtype[np.int16] | np.dtype[np.float32]

S16: Final[np.dtype[np.int16]] = np.dtype("<i2")
F32: Final[np.dtype[np.float32]] = np.dtype("<f4")

PCM, IEEE_FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
"""Format tags of a .wav file."""


@dataclass(frozen=True, slots=True)
class WavLayout:
    """Where the samples of a mono .wav file begin and how they are written."""

    data_offset: int
    sample_type: SampleType
    rate_hz: int


def read_wav_layout(head: bytes) -> WavLayout | None:
    """Read the chunks before the samples; None when `head` does not reach them yet.

    The sizes in the RIFF and data chunks are not looked at: the file is still growing.

    Raises:
        Unreadable: not RIFF/WAVE, not mono, or samples that are neither 16 bit nor float.
    """
    if len(head) < 12:
        return None
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise Unreadable(f"{head[:12]!r} does not begin a RIFF/WAVE file")
    format_chunk = b""
    at = 12
    while at + 8 <= len(head):
        name, size = head[at : at + 4], struct.unpack_from("<I", head, at + 4)[0]
        if name == b"data":
            return _layout(format_chunk, at + 8)
        if name == b"fmt ":
            format_chunk = head[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return None


def _layout(format_chunk: bytes, data_offset: int) -> WavLayout:
    if len(format_chunk) < 16:
        raise Unreadable(f"a fmt chunk of {len(format_chunk)} bytes before the data chunk")
    tag, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", format_chunk)
    if channels != 1:
        raise Unreadable(f"{channels} channels; only mono is read")
    if tag in (PCM, EXTENSIBLE) and bits == 16:
        return WavLayout(data_offset, S16, rate_hz)
    if tag in (IEEE_FLOAT, EXTENSIBLE) and bits == 32:
        return WavLayout(data_offset, F32, rate_hz)
    raise Unreadable(f"format {tag} with {bits} bits is neither 16 bit PCM nor 32 bit float")
