from hypothesis import given
from hypothesis import strategies as st

from sip.transaction.deadlines import Deadlines


def test_the_earliest_is_next_and_only_what_is_due_is_taken() -> None:
    deadlines: Deadlines[str] = Deadlines()
    for key, due in (("late", 3.0), ("early", 1.0), ("middle", 2.0)):
        deadlines.set(key, due)
    assert deadlines.next == 1.0
    assert deadlines.take_due(2.0) == ["early", "middle"]
    assert deadlines.next == 3.0


@given(
    st.lists(st.tuples(st.integers(0, 5), st.none() | st.integers(0, 20).map(float)), max_size=200)
)
def test_the_last_word_on_each_key_counts(moves: list[tuple[int, float | None]]) -> None:
    deadlines: Deadlines[int] = Deadlines()
    truth: dict[int, float] = {}
    for key, due in moves:
        deadlines.set(key, due)
        truth.pop(key, None)
        if due is not None:
            truth[key] = due
        assert deadlines.next == min(truth.values(), default=None)
    taken = deadlines.take_due(20.0)
    assert sorted(taken) == sorted(truth)
    assert [truth[key] for key in taken] == sorted(truth.values())
    assert deadlines.next is None
