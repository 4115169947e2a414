"""Opus (RFC 6716) in RTP (RFC 7587): mono, 48 kHz, by libopus.

What the peer wants of us stands in its format parameters: a highest bit rate, redundancy for lost
packets (in-band FEC), silence that is not sent (DTX), and the band that it can play.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import opuslib_next as library

from media.codecs import Codec
from media.codecs.format_parameters import format_parameters, whole_number
from media.codecs.libopus import RATE_HZ, DecoderState, EncoderState
from media.frame import FloatArray

BIT_RATE: Final = 32000
"""What speech in the full band needs; a peer may ask for less."""

COMPLEXITY: Final = 8
"""Of 10: PESQ is up to 0.4 better than at 5 and not better at 10, for a third more time."""

EXPECTED_LOSS_PERCENT: Final = 10
"""How much the redundancy is made for; at 5 and our bit rate libopus makes none."""

LONGEST_PACKET_MS: Final = 120
"""RFC 6716 §3.2.5."""

HEADROOM_S: Final = 0.015
"""With it the packet after a lost one is here in time on a clean network: PESQ at 5 % of loss is up
to 1.0 better than without, and more headroom is of no use."""

DELAY_S: Final = 0.0065
"""OPUS_GET_LOOKAHEAD: 2.5 ms of overlapping windows, and 4 ms to choose between SILK and CELT."""

_UNITS_PER_MS: Final = RATE_HZ // 1000
_STEP: Final = 480  # libopus makes up sound by 10 ms: shorter pieces do not meet without a click
_FADE_FROM_S: Final = 0.06
_SILENT_AFTER_S: Final = 0.1
_NOT_SENT: Final = 2  # octets: what the encoder makes of a frame that DTX leaves out

_BANDWIDTHS: Final = (  # by the highest rate that the peer plays (RFC 7587 §3.1.1)
    (8000, library.BANDWIDTH_NARROWBAND),
    (12000, library.BANDWIDTH_MEDIUMBAND),
    (16000, library.BANDWIDTH_WIDEBAND),
    (24000, library.BANDWIDTH_SUPERWIDEBAND),
)

_FRAME_UNITS: Final = (  # by the configuration number of a packet's first octet (table 2)
    *(ms * _UNITS_PER_MS for ms in (10, 20, 40, 60) * 3),
    *(ms * _UNITS_PER_MS for ms in (10, 20) * 2),
    *(120, 240, 480, 960) * 4,
)


_UNITS: Final = (
    tuple(  # by that octet, whose last two bits count the frames (§3.2); 0: the next does
        count * _FRAME_UNITS[configuration]
        for configuration in range(32)
        for _ in ("mono", "stereo")
        for count in (1, 2, 2, 0)
    )
)


class OpusEncoder:
    """One direction of one call, as the peer's parameters want it."""

    def __init__(self, parameters: str) -> None:
        wanted = format_parameters(parameters)
        encoder = library.Encoder(RATE_HZ, 1, library.APPLICATION_VOIP)
        bit_rate = whole_number(wanted.get("maxaveragebitrate"), lowest=6000, highest=BIT_RATE)
        encoder.bitrate = bit_rate or BIT_RATE
        encoder.complexity = COMPLEXITY
        encoder.signal = library.SIGNAL_VOICE  # music would be sent without redundancy
        if wanted.get("useinbandfec") == "1":
            encoder.inband_fec = 1
            encoder.packet_loss_perc = EXPECTED_LOSS_PERCENT
        if wanted.get("cbr") == "1":
            encoder.vbr = 0
        self._leaves_out_silence = wanted.get("usedtx") == "1"
        if self._leaves_out_silence:
            encoder.dtx = 1
        played_hz = whole_number(wanted.get("maxplaybackrate"), lowest=8000, highest=RATE_HZ)
        for rate_hz, bandwidth in _BANDWIDTHS:
            if played_hz is not None and played_hz <= rate_hz:
                encoder.max_bandwidth = bandwidth
                break
        self._state = EncoderState(encoder)

    def encode(self, samples: FloatArray) -> bytes:
        """One packet of 10, 20, 40 or 60 ms."""
        packet = self._state.encode(samples)
        return b"" if self._leaves_out_silence and len(packet) <= _NOT_SENT else packet


class OpusDecoder:
    """Conceals by itself, and finds lost sound again in the packet after it."""

    def __init__(self) -> None:
        self._state = DecoderState()
        self._spare = np.zeros(0, dtype=np.float32)  # made up, and not asked for yet
        self._made_up: int | None = None  # samples, since the last packet; None before the first

    @property
    def silent(self) -> bool:
        """Whether concealment has faded to nothing, or nothing was decoded yet."""
        return self._made_up is None or self._made_up >= _SILENT_AFTER_S * RATE_HZ

    def decode(self, payload: bytes) -> FloatArray:
        """The samples of one packet; made up where libopus cannot read it."""
        sound = self._state.decode(payload, duration(payload))
        self._join(sound)
        return sound

    def conceal(self, count: int) -> FloatArray:
        """What libopus makes up, faded to silence after 100 ms."""
        if self.silent or self._made_up is None:
            return np.zeros(count, dtype=np.float32)
        missing = count - self._spare.size
        if missing > 0:
            more = self._state.decode(b"", -(-missing // _STEP) * _STEP)
            self._spare = np.concatenate((self._spare, more))
        sound, self._spare = self._spare[:count].copy(), self._spare[count:]
        end = self._made_up + count
        if end > _FADE_FROM_S * RATE_HZ:
            gap_s = np.arange(self._made_up, end, dtype=np.float32) / RATE_HZ
            left = (_SILENT_AFTER_S - gap_s) / (_SILENT_AFTER_S - _FADE_FROM_S)
            sound *= np.clip(left, 0.0, 1.0).astype(np.float32)
        self._made_up = end
        return sound

    def recover(self, following: bytes, count: int) -> FloatArray:
        """From the redundancy of the next packet (RFC 6716 §2.1.7), made up where it has none."""
        if self._made_up and not self._spare.size:
            self._spare = self._state.decode(b"", _STEP)
        # Of a shorter time than the packet's own, libopus does not look for redundancy.
        size = max(duration(following), count)
        sound = self._state.decode(following, size, redundancy=True)[-count:].copy()
        self._join(sound)
        return sound

    def _join(self, sound: FloatArray) -> None:
        """Lead over to `sound`: libopus goes on behind what it made up, not all of it played."""
        if self._spare.size:
            spare, self._spare = self._spare[: sound.size], self._spare[:0]
            weight = np.linspace(0.0, 1.0, spare.size, endpoint=False, dtype=np.float32)
            sound[: spare.size] = spare + weight * (sound[: spare.size] - spare)
        self._made_up = 0


def duration(payload: bytes) -> int:
    """Samples at 48 kHz that a packet lasts (RFC 6716 §3.1, §3.2); 0 for none that is allowed."""
    if not payload:
        return 0
    units = _UNITS[payload[0]]
    if units or len(payload) == 1:
        return units
    units = (payload[1] & 0x3F) * _FRAME_UNITS[payload[0] >> 3]
    return units if units <= LONGEST_PACKET_MS * _UNITS_PER_MS else 0


OPUS: Final = Codec(
    name="opus",
    title="opus",
    clock_rate_hz=RATE_HZ,
    rate_hz=RATE_HZ,
    channels=2,  # RFC 7587 §7: always said, whatever is sent
    static_payload_type=None,
    parameters="minptime=10;useinbandfec=1",
    ptimes_ms=(10, 20, 40, 60),
    repeats=True,
    headroom_s=HEADROOM_S,
    delay_s=DELAY_S,
    encoder=OpusEncoder,
    decoder=OpusDecoder,
    duration=duration,
)
