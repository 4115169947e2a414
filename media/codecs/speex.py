"""Speex (RFC 5574) at 8, 16 and 32 kHz, by libspeex: frames of 20 ms, several in one packet."""

from __future__ import annotations

import ctypes
import functools
import weakref
from typing import Final

import numpy as np

from media.codecs import WHOLE_20_MS, Codec
from media.codecs.concealed import ConcealedDecoder
from media.codecs.format_parameters import format_parameters
from media.codecs.pcm16 import from_pcm16, to_pcm16
from media.codecs.speex_frames import MOST_FRAMES, count_frames
from media.codecs.system_library import SystemLibrary
from media.frame import FloatArray

LIBRARY: Final = SystemLibrary(("libspeex.so.1",), "libspeex1")

RATES_HZ: Final = (8000, 16000, 32000)
DELAYS_S: Final = (80 / 8000, 223 / 16000, 508 / 32000)
"""Of each of them: half a frame that the encoder looks ahead, and the filters between the bands."""
"""In the order of the library's modes: narrow, wide and ultra-wide band."""

QUALITY: Final = 8
"""Of 10: 15 kbit/s in the narrow band and 28 in the wide one."""

COMPLEXITY: Final = 3
"""Of 10: what more costs in time is hardly heard."""

_NARROW_BAND_MODES: Final = frozenset("12345678")
_QUALITIES: Final = frozenset(map(str, range(11)))
"""What `mode` may name (RFC 5574 §3.1): a way to code in the narrow band, a quality in the others;
`any` leaves it to us."""

_SET_QUALITY: Final = 4  # requests of speex_encoder_ctl
_SET_MODE: Final = 6
_SET_VBR: Final = 12
_SET_COMPLEXITY: Final = 16
_BITS_OCTETS: Final = 256  # room for its SpeexBits, of which nobody else needs to know anything
_LONGEST_FRAME: Final = 200  # octets: ultra-wide band at the highest quality has 110


class _Bits:
    """The library's buffer of bits, given back with this object."""

    def __init__(self) -> None:
        library = _library()
        self._room = ctypes.create_string_buffer(_BITS_OCTETS)
        self.pointer = ctypes.addressof(self._room)
        library.speex_bits_init(self.pointer)
        # The call holds on to the room until the buffer in it is given back.
        weakref.finalize(self, _destroy_bits, library, self._room)


def _destroy_bits(library: ctypes.PyDLL, room: ctypes.Array[ctypes.c_char]) -> None:
    library.speex_bits_destroy(ctypes.addressof(room))


class SpeexEncoder:
    """One direction of one call, as the peer's parameters want it (RFC 5574 §5)."""

    def __init__(self, parameters: str, rate_hz: int) -> None:
        library = self._library = _library()
        self._frame = rate_hz // 50
        mode = library.speex_lib_get_mode(RATES_HZ.index(rate_hz))
        self._state: int = library.speex_encoder_init(mode)
        weakref.finalize(self, library.speex_encoder_destroy, self._state)
        self._bits = _Bits()
        self._room = ctypes.create_string_buffer(_LONGEST_FRAME * MOST_FRAMES)
        wanted = format_parameters(parameters)
        self._set(_SET_COMPLEXITY, COMPLEXITY)
        self._set(_SET_QUALITY, QUALITY)
        preferred = wanted.get("mode", "").strip('"').partition(",")[0]
        if rate_hz == RATES_HZ[0] and preferred in _NARROW_BAND_MODES:
            self._set(_SET_MODE, int(preferred))
        elif rate_hz != RATES_HZ[0] and preferred in _QUALITIES:
            self._set(_SET_QUALITY, int(preferred))
        if wanted.get("vbr") == "on":
            self._set(_SET_VBR, 1)

    def encode(self, samples: FloatArray) -> bytes:
        """One packet of whole frames; louder than ±1.0 is clipped."""
        library, bits = self._library, self._bits.pointer
        numbers = to_pcm16(samples)
        library.speex_bits_reset(bits)
        for at in range(0, numbers.size - self._frame + 1, self._frame):
            frame = numbers[at : at + self._frame].copy()  # the encoder writes into it
            library.speex_encode_int(self._state, frame.ctypes.data, bits)
        library.speex_bits_insert_terminator(bits)
        count = library.speex_bits_write(bits, self._room, len(self._room))
        return self._room.raw[:count]

    def _set(self, request: int, value: int) -> None:
        self._library.speex_encoder_ctl(self._state, request, ctypes.byref(ctypes.c_int(value)))


class SpeexDecoder:
    """Packets of whole frames to sound; for a frame that makes no sense it makes some up."""

    def __init__(self, rate_hz: int) -> None:
        library = self._library = _library()
        self._frame = rate_hz // 50
        self._layers_used = RATES_HZ.index(rate_hz)
        mode = library.speex_lib_get_mode(self._layers_used)
        self._state: int = library.speex_decoder_init(mode)
        weakref.finalize(self, library.speex_decoder_destroy, self._state)
        self._bits = _Bits()

    def to_sound(self, payload: bytes) -> FloatArray:
        """The samples of all its frames."""
        library, bits = self._library, self._bits.pointer
        library.speex_bits_read_from(bits, payload, len(payload))
        frames = count_frames(payload, self._layers_used)
        numbers = np.zeros((frames, self._frame), dtype=np.int16)
        for frame in numbers:
            if library.speex_decode_int(self._state, bits, frame.ctypes.data) < 0:
                library.speex_decode_int(self._state, None, frame.ctypes.data)
        return from_pcm16(numbers.reshape(-1))


@functools.cache
def _library() -> ctypes.PyDLL:
    """The library with the types of what is called of it."""
    library = LIBRARY.load()
    pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    library.speex_lib_get_mode.argtypes = (number,)
    library.speex_lib_get_mode.restype = pointer
    for side in ("encoder", "decoder"):
        getattr(library, f"speex_{side}_init").argtypes = (pointer,)
        getattr(library, f"speex_{side}_init").restype = pointer
        getattr(library, f"speex_{side}_destroy").argtypes = (pointer,)
    library.speex_encoder_ctl.argtypes = (pointer, number, pointer)
    library.speex_encode_int.argtypes = (pointer, pointer, pointer)
    library.speex_decode_int.argtypes = (pointer, pointer, pointer)
    for action in ("init", "destroy", "reset", "insert_terminator"):
        getattr(library, f"speex_bits_{action}").argtypes = (pointer,)
    library.speex_bits_write.argtypes = (pointer, text, number)
    library.speex_bits_read_from.argtypes = (pointer, text, number)
    return library


def _codec(rate_hz: int) -> Codec:
    layers_used = RATES_HZ.index(rate_hz)
    return Codec(
        name="speex",
        title=f"speex/{rate_hz}",
        clock_rate_hz=rate_hz,
        rate_hz=rate_hz,
        static_payload_type=None,
        ptimes_ms=WHOLE_20_MS,
        library=LIBRARY,
        delay_s=DELAYS_S[layers_used],
        encoder=lambda parameters: SpeexEncoder(parameters, rate_hz),
        decoder=lambda: ConcealedDecoder(SpeexDecoder(rate_hz).to_sound, rate_hz),
        duration=lambda payload: count_frames(payload, layers_used) * rate_hz // 50,
    )


ALL: Final = tuple(_codec(rate_hz) for rate_hz in RATES_HZ)
