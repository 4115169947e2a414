"""Bursts and gaps (RFC 3611 §4.7.2)."""

from __future__ import annotations

import pytest

from media.rtp.loss_pattern import LossFigures, LossPattern

SETTLED = "." * 64
"""Good packets that push all before them out of the window."""


def figures(pattern: str) -> LossFigures:
    """Of packets that came (`.`), were lost (`x`) or came too late (`d`)."""
    losses = LossPattern()
    for sequence, fate in enumerate(pattern + SETTLED):
        if fate != "x":
            losses.add(1000 + sequence, useful=fate == ".")
    return losses.figures()


@pytest.mark.parametrize(
    ("pattern", "bursts", "in_bursts", "missing_in_bursts", "runs"),
    [
        ("." * 50, 0, 0, 0, 0),
        ("." * 20 + "x" + "." * 20, 0, 0, 0, 1),
        ("." * 20 + "xx" + "." * 20, 1, 2, 2, 1),
        ("." * 20 + "x" + "." * 15 + "x" + "." * 20, 1, 17, 2, 2),
        ("." * 20 + "x" + "." * 16 + "x" + "." * 20, 0, 0, 0, 2),
        ("." * 20 + "xd.x" + "." * 20 + "x" + "." * 30 + "xxx" + "." * 9, 2, 7, 6, 4),
    ],
)
def test_bursts_are_told_from_what_is_lost_by_chance(
    pattern: str, bursts: int, in_bursts: int, missing_in_bursts: int, runs: int
) -> None:
    found = figures(pattern)
    assert found.expected == len(pattern)
    assert (found.bursts, found.in_bursts) == (bursts, in_bursts)
    assert (found.missing_in_bursts, found.runs) == (missing_in_bursts, runs)
    assert found.lost == pattern.count("x")
    assert found.discarded == pattern.count("d")


def test_what_changes_places_is_not_missing() -> None:
    losses = LossPattern()
    order = [0, 2, 1, 5, 4, 3, *range(6, 80)]
    for sequence in order:
        losses.add(sequence, useful=True)
    assert losses.figures().missing == 0


def test_what_comes_after_the_window_has_been_lost() -> None:
    losses = LossPattern()
    for sequence in (*range(5), *range(6, 80), 5, *range(80, 160)):
        losses.add(sequence, useful=True)
    assert losses.figures().lost == 1


def test_a_large_gap_is_all_lost_in_one_burst() -> None:
    losses = LossPattern()
    for sequence in (*range(100), *range(3000, 3200)):
        losses.add(sequence, useful=True)
    found = losses.figures()
    assert (found.lost, found.bursts, found.in_bursts, found.runs) == (2900, 1, 2900, 1)


def test_another_numbering_is_no_loss_and_what_came_before_counts() -> None:
    losses = LossPattern()
    for sequence in range(10):
        if sequence != 5:
            losses.add(sequence, useful=True)
    losses.restart()
    for sequence in range(9000, 9100):
        losses.add(sequence, useful=True)
    found = losses.figures()
    assert found.lost == 1
    assert found.expected == 10 + 100 - 64


def test_the_burst_ratio_is_1_for_pure_chance_and_more_for_bursts() -> None:
    """ITU-T G.107 §7.5: mean length of runs against 1 / (1 − p)."""
    assert figures("." * 200).burst_ratio == 1.0
    alone, twos = figures(("." * 9 + "x") * 20), figures(("." * 18 + "xx") * 10)
    assert alone.burst_ratio == pytest.approx(0.9, abs=0.01)
    assert twos.burst_ratio == pytest.approx(1.8, abs=0.02)
    assert alone.share == pytest.approx(0.1)
