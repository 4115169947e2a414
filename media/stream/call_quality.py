"""How the peer's sound comes out here: the figures of RFC 3611 §4.7 and of the E-model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media.codecs import Codec
from media.playout.jitter_buffer import LONGEST_DELAY_S
from media.rtp.extended_report import VoipMetrics
from media.rtp.loss_pattern import GMIN, LossFigures
from media.stream.e_model import mos, r_factor

OTHER_DELAY_MS: Final = 20.0
"""Of sound cards and of the frames of both ends, which nobody measures."""

_STANDARD_CONCEALMENT: Final = 3 << 6
_ADAPTIVE_BUFFER: Final = 3 << 4
_LOUDEST_R: Final = 100  # what one octet of the report may hold


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQuality:
    """One moment's figures of a stream that has been heard."""

    codec: Codec
    packet_ms: int
    losses: LossFigures
    playout_delay_ms: float
    round_trip_ms: float | None

    @property
    def end_system_ms(self) -> float:
        """What the sound waits here."""
        return max(self.playout_delay_ms, 0.0) + self.packet_ms + OTHER_DELAY_MS

    @property
    def r_factor(self) -> float:
        """R with the delay from mouth to ear, half of the round trip being the way."""
        return self._r(self.end_system_ms + (self.round_trip_ms or 0.0) / 2)

    @property
    def mos(self) -> float:
        """Mean opinion score of a conversation, 1 to 4.5."""
        return mos(self.r_factor)

    def voip_metrics(self, ssrc: int) -> VoipMetrics:
        """The report on the peer with this SSRC."""
        losses = self.losses
        in_gaps = losses.expected - losses.in_bursts
        missing_in_gaps = losses.missing - losses.missing_in_bursts
        return VoipMetrics(
            ssrc=ssrc,
            loss_rate=_in_256ths(losses.lost, losses.expected),
            discard_rate=_in_256ths(losses.discarded, losses.expected),
            burst_density=_in_256ths(losses.missing_in_bursts, losses.in_bursts),
            gap_density=_in_256ths(missing_in_gaps, in_gaps),
            burst_ms=self._each_ms(losses.in_bursts, losses.bursts),
            gap_ms=self._each_ms(in_gaps, losses.bursts + 1),
            round_trip_ms=_short(self.round_trip_ms or 0.0),
            end_system_ms=_short(self.end_system_ms),
            gmin=GMIN,
            r_factor=min(round(self.r_factor), _LOUDEST_R),
            mos_listening=round(10 * mos(self._r(0.0))),
            mos_conversation=round(10 * self.mos),
            receiver=_STANDARD_CONCEALMENT | _ADAPTIVE_BUFFER,
            buffer_nominal_ms=_short(self.playout_delay_ms),
            buffer_maximum_ms=_short(LONGEST_DELAY_S * 1000),
            buffer_limit_ms=_short(LONGEST_DELAY_S * 1000),
        )

    def _r(self, delay_ms: float) -> float:
        losses = self.losses
        return r_factor(
            self.codec, delay_ms=delay_ms, loss=losses.share, burst_ratio=losses.burst_ratio
        )

    def _each_ms(self, packets: int, stretches: int) -> int:
        return _short(packets * self.packet_ms / stretches) if stretches else 0


def _in_256ths(part: int, whole: int) -> int:
    return min(256 * max(part, 0) // whole, 255) if whole > 0 else 0


def _short(ms: float) -> int:
    return min(max(round(ms), 0), 0xFFFF)
