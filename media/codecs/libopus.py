"""libopus by pointers that are made once, for the calls that every packet takes.

The package that brings libopus makes memory for each call and carries samples and octets over one
by one, which costs more than decoding does. Calls keep the interpreter (PyDLL), as those of
`SystemLibrary` do.
"""

from __future__ import annotations

import ctypes
from typing import Final

import numpy as np
import opuslib_next as package

from media.errors import MisuseError
from media.frame import FloatArray

RATE_HZ: Final = 48000

_USUAL_SAMPLES: Final = RATE_HZ * 120 // 1000  # the longest packet
_LARGEST_PACKET: Final = 4000  # octets: what libopus recommends to have room for

_library: Final = ctypes.PyDLL(package.api.libopus._name, handle=package.api.libopus._handle)


class _Memory:
    """Samples that libopus reads or writes, and where they are."""

    def __init__(self, count: int) -> None:
        self.samples: FloatArray = np.zeros(count, dtype=np.float32)
        self.pointer = ctypes.c_void_p(self.samples.ctypes.data)

    def holding(self, count: int) -> _Memory:
        """Itself, or a larger one where it has no room for so many samples."""
        return self if count <= self.samples.size else _Memory(count)


class EncoderState:
    """One direction of one call: mono, as the package's encoder was told to make it."""

    def __init__(self, encoder: package.Encoder) -> None:
        self._owner = encoder  # gives libopus's memory back
        self._pointer = ctypes.cast(encoder.encoder_state, ctypes.c_void_p)
        self._memory = _Memory(_USUAL_SAMPLES)
        self._packet = ctypes.create_string_buffer(_LARGEST_PACKET)
        self._encode = _library.opus_encode_float

    def encode(self, samples: FloatArray) -> bytes:
        """One packet.

        Raises:
            MisuseError: Opus has no packets of so many samples.
        """
        count = samples.size
        memory = self._memory = self._memory.holding(count)
        memory.samples[:count] = samples
        octets: int = self._encode(
            self._pointer, memory.pointer, count, self._packet, _LARGEST_PACKET
        )
        if octets < 0:
            raise MisuseError(f"libopus makes no packet of {count} samples (error {octets})")
        return self._packet[:octets]  # type: ignore[return-value]  # octets, as they are of c_char


class DecoderState:
    """One direction of one call: mono."""

    def __init__(self) -> None:
        self._owner = package.Decoder(RATE_HZ, 1)  # gives libopus's memory back
        self._pointer = ctypes.cast(self._owner.decoder_state, ctypes.c_void_p)
        self._memory = _Memory(_USUAL_SAMPLES)
        self._last_peak = _Memory(1)  # what goes on being rounded off in the next packet
        self._decode = _library.opus_decode_float
        self._round_off = _library.opus_pcm_soft_clip

    def decode(self, payload: bytes, count: int, *, redundancy: bool = False) -> FloatArray:
        """`count` samples of a payload; made up of an empty one, or one that libopus cannot read.

        `redundancy`: the samples before it, of which it tells once more. Peaks above full scale
        are rounded off, as libopus does where it decodes to whole numbers.
        """
        memory = self._memory = self._memory.holding(count)
        decoded: int = self._decode(
            self._pointer, payload, len(payload), memory.pointer, count, int(redundancy)
        )
        if decoded < 0:  # garbage behind a sound first octet
            decoded = self._decode(self._pointer, None, 0, memory.pointer, count, 0)
        if decoded < count:
            memory.samples[max(decoded, 0) : count] = 0.0
        self._round_off(memory.pointer, count, 1, self._last_peak.pointer)
        return memory.samples[:count].copy()
