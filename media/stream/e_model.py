"""How a call should please: the E-model of ITU-T G.107, with all but delay, loss and codec average.

R = 93.2 − Id − Ie,eff for telephone sound. Wider bands stand on the same scale by ITU-T G.107.1,
where they reach 129. It is an estimate for planning and for comparing calls, not a measurement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media.codecs import Codec

NARROW_BAND_BEST: Final = 93.2
"""R of a perfect telephone call (G.107, default values)."""
WIDE_BAND_BEST: Final = 129.0
"""R of a perfect call of 50 to 7000 Hz (G.107.1)."""

_LOSS_SCALE: Final = 95.0
_UNNOTICED_DELAY_MS: Final = 177.3
_HIGHEST_FOR_MOS: Final = 100.0
_LONGEST_BURST_RATIO: Final = 10.0


@dataclass(frozen=True, slots=True)
class Impairment:
    """What a codec costs (ITU-T G.113 appendices I and IV)."""

    equipment: float
    """Ie: points of R, without any loss; of wider bands on their own scale."""
    robustness: float
    """Bpl: loss in percent that costs half of what is left, concealment included."""


_IMPAIRMENTS: Final = {
    "PCMU": Impairment(0, 25.1),
    "PCMA": Impairment(0, 25.1),
    "L16": Impairment(0, 25.1),
    "G726-32": Impairment(7, 25.1),
    "GSM": Impairment(20, 43),
    "G722": Impairment(13, 13),
    # Not in G.113: near the best of the wide band without loss; it finds lost sound again by FEC.
    "OPUS": Impairment(3, 20),
}
_OF_OTHERS: Final = Impairment(11, 20)


def r_factor(codec: Codec, *, delay_ms: float, loss: float, burst_ratio: float = 1.0) -> float:
    """R, 0 to 129.

    `delay_ms` is from mouth to ear, `loss` the share of packets that were not played in time (0 to
    1), `burst_ratio` how much longer losses in a row are than those by pure chance (1: as long).
    """
    best = WIDE_BAND_BEST if codec.rate_hz >= 16_000 else NARROW_BAND_BEST
    impairment = _IMPAIRMENTS.get(codec.name.upper(), _OF_OTHERS)
    r = best - _delay_impairment(delay_ms) - _loss_impairment(impairment, loss, burst_ratio)
    return min(max(r, 0.0), best)


def mos(r: float) -> float:
    """The mean opinion score that goes with R: 1 to 4.5 (G.107 annex B)."""
    if r <= 0:
        return 1.0
    r = min(r, _HIGHEST_FOR_MOS)
    return max(1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6, 1.0)


def _delay_impairment(delay_ms: float) -> float:
    """Id, as two straight lines: within a point of the full formula up to 400 ms."""
    late = max(delay_ms - _UNNOTICED_DELAY_MS, 0.0)
    return 0.024 * delay_ms + 0.11 * late


def _loss_impairment(codec: Impairment, loss: float, burst_ratio: float) -> float:
    """Ie,eff (G.107 §7.5)."""
    percent = 100 * min(max(loss, 0.0), 1.0)
    ratio = min(max(burst_ratio, 1.0), _LONGEST_BURST_RATIO)
    share = percent / (percent / ratio + codec.robustness)
    return codec.equipment + (_LOSS_SCALE - codec.equipment) * share
