"""Decoders of sound that comes as an endless stream of bytes, by media type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, Protocol

import numpy as np

from media.bytestream.ogg import OggReader
from media.codecs.g711 import ULAW_SAMPLES
from media.codecs.libopus import RATE_HZ as OPUS_RATE_HZ
from media.codecs.opus import OpusDecoder, duration
from media.codecs.spandsp import LIBRARY, G726Decoder, Packing
from media.errors import MediaError
from media.frame import FloatArray, linear

LONGEST_BLOCK_S: Final = 0.12
RATES_HZ: Final = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000)


class UnknownFormat(MediaError):
    """No sound of this media type can be played; the message lists those that can."""


class NotThatFormat(MediaError):
    """The bytes are not what their media type says."""


class StreamDecoder(Protocol):
    """One stream, from its first byte on."""

    rate_hz: int
    """Of what comes out."""

    def decode(self, data: bytes) -> Iterator[FloatArray]:
        """The sound of the next bytes, 0.12 s at a time at most; decoded as it is asked for.

        Raises:
            MediaError: the bytes are not what their media type says.
        """


class _Samples:
    """Groups of so many octets, each of which stands for so many samples."""

    def __init__(
        self,
        to_sound: Callable[[bytes], FloatArray],
        rate_hz: int,
        *,
        octets: int = 1,
        samples: int = 1,
    ) -> None:
        self.rate_hz = rate_hz
        self._to_sound = to_sound
        self._octets = octets
        self._block = int(LONGEST_BLOCK_S * rate_hz) // samples * octets
        self._rest = b""

    def decode(self, data: bytes) -> Iterator[FloatArray]:
        """See `StreamDecoder`."""
        data = self._rest + data
        whole = len(data) // self._octets * self._octets
        self._rest = data[whole:]
        for place in range(0, whole, self._block):
            yield self._to_sound(data[place : min(place + self._block, whole)])


class _OggOpus:
    """Ogg Opus (RFC 7845) of one or two channels, which are heard as one."""

    rate_hz = OPUS_RATE_HZ

    def __init__(self) -> None:
        self._pages = OggReader()
        self._decoder = OpusDecoder()
        self._to_skip = 0
        self._gain = np.float32(1.0)
        self._headers_left = 2

    def decode(self, data: bytes) -> Iterator[FloatArray]:
        """See `StreamDecoder`."""
        for packet in self._pages.feed(data):
            if packet.begins_stream:
                self._begin(packet.data)
            elif self._headers_left:
                self._headers_left -= 1  # OpusTags: who made it is of no interest
            elif duration(packet.data):
                sound = self._decoder.decode(packet.data)
                skipped = min(self._to_skip, sound.size)
                self._to_skip -= skipped
                yield sound[skipped:] * self._gain

    def _begin(self, head: bytes) -> None:
        """Read `OpusHead` (RFC 7845 §5.1)."""
        if head[:8] != b"OpusHead" or len(head) < 19 or head[8] >> 4:
            raise NotThatFormat("the stream is no Opus in Ogg: it does not begin with OpusHead")
        if head[18]:
            raise NotThatFormat(f"Opus of {head[9]} channels; one or two can be played")
        self._decoder = OpusDecoder()
        self._to_skip = int.from_bytes(head[10:12], "little")
        gain_db = int.from_bytes(head[16:18], "little", signed=True) / 256
        self._gain = np.float32(linear(min(max(gain_db, -60.0), 24.0)))
        self._headers_left = 1


def _ulaw(data: bytes) -> FloatArray:
    return ULAW_SAMPLES.take(np.frombuffer(data, dtype=np.uint8))


def _linear(bits: int, parameters: Mapping[str, str]) -> StreamDecoder:
    """L16 and L24 (RFC 3551 §4.5.11, RFC 3190): octets in network order, channels interleaved."""
    rate_hz = _number(parameters, "rate", 48000, RATES_HZ)
    channels = _number(parameters, "channels", 1, (1, 2))

    def to_sound(data: bytes) -> FloatArray:
        if bits == 16:
            numbers = np.frombuffer(data, dtype=">i2").astype(np.float32) / np.float32(1 << 15)
        else:
            octets = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3).astype(np.int32)
            whole = (octets[:, 0] << 24) | (octets[:, 1] << 16) | (octets[:, 2] << 8)
            numbers = whole.astype(np.float32) / np.float32(1 << 31)
        sound: FloatArray = numbers.reshape(-1, channels).mean(axis=1, dtype=np.float32)
        return sound

    return _Samples(to_sound, rate_hz, octets=channels * bits // 8)


def _g726(bits: int) -> StreamDecoder:
    decoder = G726Decoder(Packing.LOW_BITS, bits)
    octets, samples = (1, 2) if bits == 4 else (3, 8)
    return _Samples(decoder.to_sound, 8000, octets=octets, samples=samples)


def _number(
    parameters: Mapping[str, str], name: str, default: int, allowed: tuple[int, ...]
) -> int:
    text = parameters.get(name, str(default))
    if text not in map(str, allowed):
        raise UnknownFormat(f"{name}={text[:16]!r} is none of {', '.join(map(str, allowed))}")
    return int(text)


_DECODERS: Final[Mapping[str, Callable[[Mapping[str, str]], StreamDecoder]]] = MappingProxyType(
    {
        "audio/basic": lambda _: _Samples(_ulaw, 8000),
        "audio/axis-mulaw-128": lambda _: _Samples(_ulaw, 16000),
        "audio/g726-32": lambda _: _g726(4),
        "audio/g726-24": lambda _: _g726(3),
        "audio/opus": lambda _: _OggOpus(),
        "audio/ogg": lambda _: _OggOpus(),
        "audio/l16": lambda parameters: _linear(16, parameters),
        "audio/l24": lambda parameters: _linear(24, parameters),
    }
)


def stream_decoder(content_type: str) -> StreamDecoder:
    """What decodes a body of this media type, whose parameters may say more of it.

    Raises:
        UnknownFormat: nothing does, or a library of the system that it needs is not there.
    """
    name, *parameters = (part.strip() for part in content_type.split(";"))
    make = _DECODERS.get(name.lower())
    if make is None:
        raise UnknownFormat(f"{name[:40]!r} is none of {', '.join(_DECODERS)}")
    if name.lower().startswith("audio/g726") and LIBRARY.missing:
        raise UnknownFormat(f"{name!r} needs the system's package {LIBRARY.package}")
    said = (parameter.partition("=") for parameter in parameters)
    return make({key.strip().lower(): value.strip().strip('"') for key, _, value in said})
