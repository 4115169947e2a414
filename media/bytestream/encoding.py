"""Encoders of sound that goes out as an endless stream of bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from media.bytestream.ogg import OggWriter
from media.codecs.g711 import ULAW_CODES, G711Encoder
from media.codecs.opus import BIT_RATE, OpusEncoder
from media.codecs.spandsp import LIBRARY, G726Encoder, Packing
from media.errors import MediaError
from media.frame import RATE_HZ, FloatArray

FRAME_S: Final = 0.02

OPUS_BIT_RATES: Final = range(6000, BIT_RATE + 1)
_PRE_SKIP: Final = 312
"""Samples that an Opus decoder makes up before the first one it was given, at 48 kHz."""


class NoSuchFormat(MediaError):
    """Nothing encodes that; the message says what there is."""


class Encoder(Protocol):
    """One direction, for all who listen to the same format."""

    def encode(self, samples: FloatArray) -> bytes:
        """One frame of 20 ms."""


class Framing(Protocol):
    """What one listener is sent around the frames that all hear."""

    def begin(self) -> bytes:
        """Before the first frame."""

    def frame(self, frame: bytes) -> bytes:
        """One frame."""


class Bare:
    """Nothing."""

    def begin(self) -> bytes:
        """See `Framing`."""
        return b""

    def frame(self, frame: bytes) -> bytes:
        """See `Framing`."""
        return frame


class OggOpus:
    """Pages of Ogg, each with one packet (RFC 7845)."""

    def __init__(self, serial: int) -> None:
        self._pages = OggWriter(serial)
        self._samples = 0

    def begin(self) -> bytes:
        """OpusHead and OpusTags."""
        head = b"OpusHead" + bytes([1, 1]) + _PRE_SKIP.to_bytes(2, "little")
        head += RATE_HZ.to_bytes(4, "little") + bytes(3)
        vendor = b"intercom-speaker"
        tags = b"OpusTags" + len(vendor).to_bytes(4, "little") + vendor + bytes(4)
        return self._pages.page(head, 0) + self._pages.page(tags, 0)

    def frame(self, frame: bytes) -> bytes:
        """A page."""
        self._samples += round(FRAME_S * RATE_HZ)
        return self._pages.page(frame, self._samples)


@dataclass(frozen=True, slots=True)
class StreamFormat:
    """What a listener hears. Two that are equal are encoded once."""

    codec: str
    media_type: str
    rate_hz: int
    bit_rate: int
    """Of the sound alone."""
    block_bytes: int
    """Of a part, where the stream comes in parts (VAPIX); 0: each frame is one."""

    def encoder(self) -> Encoder:
        """A new one."""
        return _ENCODERS[self.codec](self)

    def framing(self, serial: int) -> Framing:
        """For one listener; `serial` tells its stream from others."""
        return OggOpus(serial) if self.codec == "opus" else Bare()


class _L24:
    def encode(self, samples: FloatArray) -> bytes:
        """Three octets for each sample, the highest first (RFC 3190)."""
        scaled = np.clip(np.rint(samples * np.float64(1 << 23)), -(1 << 23), (1 << 23) - 1)
        whole = scaled.astype(">i4").view(np.uint8).reshape(-1, 4)
        return whole[:, 1:].tobytes()


_ENCODERS: Final[dict[str, Callable[[StreamFormat], Encoder]]] = {
    "g711": lambda _: G711Encoder(ULAW_CODES),
    "g726": lambda wanted: G726Encoder(Packing.LOW_BITS, wanted.bit_rate // 8000),
    "opus": lambda wanted: OpusEncoder(f"maxaveragebitrate={wanted.bit_rate}"),
    "lpcm": lambda _: _L24(),
}

CODECS: Final = tuple(_ENCODERS)
_G711: Final = {8000: "audio/basic", 16000: "audio/axis-mulaw-128"}
_G726_BLOCKS: Final = {32000: 256, 24000: 192}
_LPCM_RATES_HZ: Final = (8000, 16000, 32000, 44100, 48000)


def stream_format(
    codec: str, *, bit_rate: int | None = None, rate_hz: int | None = None
) -> StreamFormat:
    """A format by its VAPIX name (`audiocodec`), at the usual bit rate and rate unless they are
    given.

    Raises:
        NoSuchFormat: there is none such.
    """
    match codec:
        case "g711" if (rate_hz or 8000) in _G711:
            rate_hz = rate_hz or 8000
            _only(codec, bit_rate, 8 * rate_hz)
            return StreamFormat(codec, _G711[rate_hz], rate_hz, 8 * rate_hz, 512)
        case "g726" if (bit_rate or 32000) in _G726_BLOCKS and rate_hz in (None, 8000):
            if LIBRARY.missing:
                raise NoSuchFormat(f"g726 needs the system's package {LIBRARY.package}")
            bit_rate = bit_rate or 32000
            kind = f"audio/G726-{bit_rate // 1000}"
            return StreamFormat(codec, kind, 8000, bit_rate, _G726_BLOCKS[bit_rate])
        case "opus" if (bit_rate or BIT_RATE) in OPUS_BIT_RATES and rate_hz in (None, RATE_HZ):
            return StreamFormat(codec, "audio/ogg", RATE_HZ, bit_rate or BIT_RATE, 0)
        case "lpcm" if (rate_hz or RATE_HZ) in _LPCM_RATES_HZ:
            rate_hz = rate_hz or RATE_HZ
            _only(codec, bit_rate, 24 * rate_hz)
            kind = f"audio/L24;rate={rate_hz};channels=1"
            return StreamFormat(codec, kind, rate_hz, 24 * rate_hz, 0)
    if codec not in CODECS:
        raise NoSuchFormat(f"{codec[:40]!r} is none of {', '.join(CODECS)}")
    raise NoSuchFormat(f"{codec} is not to be had at this bit rate or sample rate")


def _only(codec: str, bit_rate: int | None, possible: int) -> None:
    if bit_rate not in (None, possible):
        raise NoSuchFormat(f"{codec} has {possible} bit/s at this rate, and not {bit_rate}")
