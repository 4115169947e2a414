"""For how long a device answered nobody."""

from collections.abc import Callable, Sequence

import pytest

from tools.bench.errors import ChildFailed
from tools.bench.unanswered import Questions, longest_gap_s


@pytest.mark.parametrize(
    ("moments", "gap_s"),
    [([], 0.0), ([5.0], 0.0), ([5.0, 5.5, 7.5, 8.0], 2.0), ([1.0, 1.0], 0.0)],
)
def test_the_longest_gap_is_between_two_answers_that_follow_one_another(
    moments: Sequence[float], gap_s: float
) -> None:
    assert longest_gap_s(moments) == gap_s


def answers(*given: bool) -> Callable[[], bool]:
    """These, then none any more."""
    left = [*given]
    return lambda: bool(left) and left.pop(0)


def test_an_answer_after_silence_is_waited_for() -> None:
    with Questions(answers(*[False] * 5, *[True] * 50)) as questions:
        questions.wait_for_answer(10.0)
    assert questions.longest_gap_s >= 0.0


def test_silence_without_end_is_an_error() -> None:
    with (
        Questions(answers()) as questions,
        pytest.raises(ChildFailed, match=r"nobody was answered for 0\.01 s"),
    ):
        questions.wait_for_answer(0.01)
