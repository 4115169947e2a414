"""ITU-T G.107 with its default values."""

from __future__ import annotations

import pytest

from media.codecs.registry import BY_TITLE
from media.stream.e_model import mos, r_factor

PCMU, G722 = BY_TITLE["PCMU"], BY_TITLE["G722"]


@pytest.mark.parametrize(
    ("r", "score"),
    [(-3, 1.0), (0, 1.0), (50, 2.58), (60, 3.10), (70, 3.60), (80, 4.02), (90, 4.34), (93.2, 4.41),
     (100, 4.5), (129, 4.5)],
)  # fmt: skip
def test_the_opinion_that_goes_with_r(r: float, score: float) -> None:
    """G.107, annex B and table B.1."""
    assert mos(r) == pytest.approx(score, abs=0.006)


def test_a_perfect_call_by_telephone_has_an_r_of_93_2() -> None:
    assert r_factor(PCMU, delay_ms=0, loss=0) == 93.2


def test_delay_hardly_counts_below_177_ms_and_then_does() -> None:
    at_once, noticed, bad = (r_factor(PCMU, delay_ms=ms, loss=0) for ms in (0, 150, 400))
    assert at_once - noticed == pytest.approx(3.6)
    assert at_once - bad == pytest.approx(34.1, abs=0.1)


def test_loss_costs_what_the_codec_cannot_hide() -> None:
    """G.107 §7.5: as much loss as Bpl costs half of 95."""
    assert r_factor(PCMU, delay_ms=0, loss=0.251) == pytest.approx(93.2 - 47.5)
    assert r_factor(PCMU, delay_ms=0, loss=0.03) == pytest.approx(93.2 - 95 * 3 / 28.1)


def test_loss_in_bursts_costs_more() -> None:
    by_chance = r_factor(PCMU, delay_ms=0, loss=0.05)
    assert r_factor(PCMU, delay_ms=0, loss=0.05, burst_ratio=3) < by_chance


def test_wider_bands_reach_higher_on_the_same_scale() -> None:
    """G.107.1."""
    assert r_factor(G722, delay_ms=0, loss=0) == 129 - 13


@pytest.mark.parametrize("title", BY_TITLE)
@pytest.mark.parametrize(("delay_ms", "loss"), [(0.0, 0.0), (1e6, 1.0), (50.0, -0.2), (0.0, 7.0)])
def test_whatever_is_measured_r_stays_on_its_scale(
    title: str, delay_ms: float, loss: float
) -> None:
    assert 0 <= r_factor(BY_TITLE[title], delay_ms=delay_ms, loss=loss) <= 129
