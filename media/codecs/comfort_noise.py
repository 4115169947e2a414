"""Comfort noise (RFC 3389): what a pause sounds like, in a few octets.

A payload tells the level of the noise and, by reflection coefficients, its spectrum. It is played
until sound or another payload comes. As a codec it has one packet's worth of sound like any other,
and all the noise after it is what it plays in place of what does not come.
"""

from __future__ import annotations

import functools
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from media.codecs import Codec, Encoder
from media.errors import MisuseError
from media.frame import FloatArray

NAME: Final = "CN"
"""As in `a=rtpmap`."""
STATIC_PAYLOAD_TYPE: Final = 13
"""At a clock rate of 8000 Hz (RFC 3389 §6)."""
RATES_HZ: Final = (8000, 16000, 48000)

LONGEST_PAYLOAD: Final = 33
"""Octets of a payload that we take for one."""
ORDER: Final = 8
"""Coefficients that we send."""
QUIETEST_DB: Final = 127
"""Below full overload (dBov), the lowest that can be said; also means none."""

LOUDEST_DB: Final = 20
"""Below full overload: louder noise is played like this, as its peaks would be cut, and no pause
sounds like that."""

_PACKET_S: Final = 0.010
_FADE_S: Final = 0.010
_LOOP: Final = 8192  # samples of noise that repeat: 0.5 s at 16 kHz, longer than an ear remembers
_COEFFICIENTS_USED: Final = 12  # of a payload; nobody sends more
_LARGEST: Final = 0.99  # of a coefficient: 1 would whistle
_DEEPEST: Final = 1e-3  # of A(z): what is 60 dB above the rest is a whistle as well
_UNIT: Final = 258 / 32768  # of a coefficient (RFC 3389 §3.2)
_INAUDIBLE_DB: Final = 90

_Array: TypeAlias = npt.NDArray[np.float64]


def takes_comfort_noise(codec: Codec) -> bool:
    """Whether pauses of `codec` are told by comfort noise: Opus has its own (RFC 7587 §3.1.3)."""
    return codec.name.lower() != "opus" and codec.clock_rate_hz in RATES_HZ


def is_comfort_noise(codec: Codec) -> bool:
    """Whether what comes by `codec` is noise in a pause, and no sound that was recorded."""
    return codec.name == NAME


def payload(level_db: float, reflection: _Array) -> bytes:
    """The octets for a level in dB below overload (positive) and reflection coefficients."""
    level = min(max(round(level_db), 0), QUIETEST_DB)
    numbers = np.clip(np.rint(reflection / _UNIT) + 127, 0, 254).astype(np.uint8)
    return bytes((level, *numbers.tolist()))


def reflection_coefficients(autocorrelation: _Array) -> _Array:
    """As many as there are lags beyond 0, by Levinson and Durbin; all below 1."""
    order = autocorrelation.size - 1
    reflection = np.zeros(order)
    predictor = np.zeros(order + 1)
    predictor[0] = 1.0
    error = float(autocorrelation[0])
    for m in range(1, order + 1):
        if error <= 0:
            break
        k = -float(np.dot(predictor[:m], autocorrelation[m:0:-1])) / error
        predictor[: m + 1] += k * predictor[: m + 1][::-1]
        reflection[m - 1] = k
        error *= 1 - k * k
    return reflection


class ComfortNoiseDecoder:
    """Noise by the last payload, without end. Fades in, and from one noise to the next."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._payload: bytes | None = None
        self._loop = np.zeros(_LOOP, dtype=np.float32)
        self._position = 0
        self._audible = False

    @property
    def silent(self) -> bool:
        """Whether the noise is too soft to be heard, or none came yet."""
        return not self._audible

    def decode(self, payload: bytes) -> FloatArray:
        """The first 10 ms of the noise that the payload tells of."""
        count = round(_PACKET_S * self._rate_hz)
        if payload == self._payload:
            return self.conceal(count)
        before = self._next(count, advance=False)
        self._payload = payload
        self._audible = payload[0] < _INAUDIBLE_DB
        self._loop = _noise(payload)
        now = self._next(count)
        fade = min(round(_FADE_S * self._rate_hz), count)
        weight = np.linspace(0.0, 1.0, fade, endpoint=False, dtype=np.float32)
        now[:fade] = before[:fade] + weight * (now[:fade] - before[:fade])
        return now

    def conceal(self, count: int) -> FloatArray:
        """`count` samples more."""
        return self._next(count)

    def recover(self, following: bytes, count: int) -> None:
        """Nothing is repeated."""

    def _next(self, count: int, *, advance: bool = True) -> FloatArray:
        places = np.arange(self._position, self._position + count)
        if advance:
            self._position = (self._position + count) % _LOOP
        sound: FloatArray = self._loop.take(places, mode="wrap")
        return sound


def _noise(payload: bytes) -> FloatArray:
    """A loop of noise with that level and spectrum: a flat one, shaped by 1/A(z)."""
    level = 10 ** (-max(payload[0] & 0x7F, LOUDEST_DB) / 20)
    numbers = np.frombuffer(payload, dtype=np.uint8)[1:].astype(np.float64)
    numbers = numbers[:_COEFFICIENTS_USED]
    reflection = np.clip((numbers - 127) * _UNIT, -_LARGEST, _LARGEST)
    predictor = np.zeros(reflection.size + 1)
    predictor[0] = 1.0
    for m, k in enumerate(reflection, start=1):
        predictor[: m + 1] += k * predictor[: m + 1][::-1]
    whitening = np.abs(np.fft.rfft(predictor, _LOOP))
    spectrum = _flat_spectrum() / np.maximum(whitening, _DEEPEST * whitening.max())
    spectrum[0] = spectrum[-1] = 0.0
    noise = np.fft.irfft(spectrum, _LOOP)
    noise *= level / np.sqrt(np.mean(noise**2))
    return noise.astype(np.float32)


@functools.cache
def _flat_spectrum() -> npt.NDArray[np.complex128]:
    """All frequencies equally strong, with phases by chance: the same ones in every call."""
    phases = np.random.default_rng(3389).uniform(0, 2 * np.pi, _LOOP // 2 + 1)
    flat: npt.NDArray[np.complex128] = np.exp(1j * phases)
    return flat


def _encoder(_parameters: str) -> Encoder:
    raise MisuseError("comfort noise is no codec to send by")


@functools.cache
def comfort_noise(clock_rate_hz: int) -> Codec:
    """Comfort noise as a codec for received packets; one for each of `RATES_HZ`."""
    packet = round(_PACKET_S * clock_rate_hz)
    return Codec(
        name=NAME,
        title=f"{NAME}/{clock_rate_hz}",
        clock_rate_hz=clock_rate_hz,
        rate_hz=clock_rate_hz,
        static_payload_type=STATIC_PAYLOAD_TYPE if clock_rate_hz == 8000 else None,
        encoder=_encoder,
        decoder=lambda: ComfortNoiseDecoder(clock_rate_hz),
        duration=lambda payload: packet if 0 < len(payload) <= LONGEST_PAYLOAD else 0,
    )
