"""The two codecs of libspandsp that the speaker uses: G.726 and GSM full rate.

No library of the package index codes G.726 packet by packet; the system's does it in 15 µs, bit for
bit as the recommendation has it (`docs/decisions/codecs.md`).
"""

from __future__ import annotations

import ctypes
import enum
import functools
import math
import weakref
from typing import Final

import numpy as np

from media.codecs.g711 import ULAW_SAMPLES
from media.codecs.pcm16 import from_pcm16, to_pcm16
from media.codecs.system_library import SystemLibrary
from media.frame import FloatArray

LIBRARY: Final = SystemLibrary(("libspandsp.so.3", "libspandsp.so.2"), "libspandsp2")

G726_BITS: Final = 4
"""Of each sample, in telephony; 3 is the other rate that is in use."""
_LINEAR: Final = 0  # what the other side of the codec is: samples of 16 bits
_ULAW: Final = 1  # or G.711 codes

_G726_CEILING: Final = 0.8
"""Of full scale. What is louder may come out of the codec too loud for 16 bits, and libspandsp lets
that turn round into the other sign instead of clipping it; baresip decodes with it too."""


class Packing(enum.Enum):
    """Where the earlier of two codes of 4 bits stands in its octet (G726_PACKING_...)."""

    HIGH_BITS = 1
    """ITU-T I.366.2 annex E, by the names that begin with AAL2."""
    LOW_BITS = 2
    """RFC 3551 §4.5.4."""


_GSM_IN_RTP: Final = 2  # GSM0610_PACKING_VOIP: 33 octets that begin with 0xD (RFC 3551 §4.5.8.1)


class _State:
    """One direction of one call in the library's memory, given back with this object."""

    def __init__(self, codec: str, *parameters: int) -> None:
        library = _library()
        make, free = getattr(library, f"{codec}_init"), getattr(library, f"{codec}_free")
        self.encode = getattr(library, f"{codec}_encode")
        self.decode = getattr(library, f"{codec}_decode")
        self.pointer: int | None = make(None, *parameters)
        if self.pointer is None:
            raise MemoryError(f"libspandsp has no memory for {codec}")
        weakref.finalize(self, free, self.pointer)


class _Encoder:
    """Samples of 8 kHz to octets."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def encode(self, samples: FloatArray) -> bytes:
        """One packet; louder than ±1.0 is clipped."""
        numbers = to_pcm16(samples)
        octets = np.zeros(samples.size, dtype=np.uint8)  # no codec here has more than one for each
        count = self._state.encode(
            self._state.pointer, octets.ctypes.data, numbers.ctypes.data, numbers.size
        )
        return octets[:count].tobytes()


class G726Encoder(_Encoder):
    """`bits` for each sample: whole octets for 2 of them, or for 8 where it is an odd number."""

    def __init__(self, packing: Packing, bits: int = G726_BITS) -> None:
        super().__init__(_State("g726", 8000 * bits, _LINEAR, packing.value))

    def encode(self, samples: FloatArray) -> bytes:
        """One packet; louder than ±0.8 is clipped."""
        return super().encode(np.clip(samples, -_G726_CEILING, _G726_CEILING))


class GsmEncoder(_Encoder):
    """33 octets for 160 samples."""

    def __init__(self) -> None:
        super().__init__(_State("gsm0610", _GSM_IN_RTP))


class _Decoder:
    """Octets to `samples` samples of 8 kHz for every `octets` of them."""

    def __init__(self, state: _State, *, samples: int, octets: int) -> None:
        self._state = state
        self._samples = samples
        self._octets = octets

    def to_sound(self, payload: bytes) -> FloatArray:
        """As many samples as belong to so many octets, whatever these are."""
        numbers = np.zeros(len(payload) // self._octets * self._samples, dtype=np.int16)
        self._state.decode(self._state.pointer, numbers.ctypes.data, payload, len(payload))
        return from_pcm16(numbers)


class G726Decoder(_Decoder):
    """Two samples for each octet, or 8 for three where they have 3 bits.

    Decodes twice: the library's linear samples turn round where they exceed 16 bits, its µ-law ones
    stop there and so tell the true sign.
    """

    def __init__(self, packing: Packing, bits: int = G726_BITS) -> None:
        state, self._signs = (
            _State("g726", 8000 * bits, coding, packing.value) for coding in (_LINEAR, _ULAW)
        )
        samples = 8 // math.gcd(8, bits)
        super().__init__(state, samples=samples, octets=samples * bits // 8)

    def to_sound(self, payload: bytes) -> FloatArray:
        """As many samples as belong to so many octets, whatever these are."""
        sound = super().to_sound(payload)
        codes = np.zeros(sound.size, dtype=np.uint8)
        self._signs.decode(self._signs.pointer, codes.ctypes.data, payload, len(payload))
        rough = ULAW_SAMPLES.take(codes)
        turned = np.abs(sound - rough) > 1.0
        if turned.any():
            sound[turned] = np.sign(rough[turned])
        return sound


class GsmDecoder(_Decoder):
    """160 samples for 33 octets."""

    def __init__(self) -> None:
        super().__init__(_State("gsm0610", _GSM_IN_RTP), samples=160, octets=33)


@functools.cache
def _library() -> ctypes.PyDLL:
    """The library with the types of what is called of it."""
    library = LIBRARY.load()
    pointer, number = ctypes.c_void_p, ctypes.c_int
    library.g726_init.argtypes = (pointer, number, number, number)
    library.gsm0610_init.argtypes = (pointer, number)
    for codec in ("g726", "gsm0610"):
        getattr(library, f"{codec}_init").restype = pointer
        getattr(library, f"{codec}_free").argtypes = (pointer,)
        getattr(library, f"{codec}_encode").argtypes = (pointer, pointer, pointer, number)
        getattr(library, f"{codec}_decode").argtypes = (pointer, pointer, ctypes.c_char_p, number)
    return library
