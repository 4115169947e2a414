from hypothesis import given
from hypothesis import strategies as st

from dtmf.sequences import GAP_S, SequenceMatcher


def pressed(sequences: dict[str, str], keys: str) -> list[str]:
    """What is matched while `keys` are pressed every 0.5 s; a space is a gap of the full length."""
    matcher = SequenceMatcher(sequences)
    matched: list[str] = []
    now = 0.0
    for key in keys:
        if key == " ":
            now += GAP_S
            matched += matcher.on_timer(now)
        else:
            now += 0.5
            matched += matcher.on_digit(key, now)
    return matched


def test_a_sequence_matches_with_its_last_key() -> None:
    assert pressed({"stop": "1"}, "1") == ["stop"]
    assert pressed({"open": "12#"}, "12#") == ["open"]
    assert pressed({"open": "12#"}, "12") == []


def test_several_sequences_are_told_apart() -> None:
    both = {"start": "12", "stop": "13"}
    assert pressed(both, "1213") == ["start", "stop"]


def test_a_gap_forgets_what_was_begun() -> None:
    assert pressed({"open": "12"}, "1 2") == []
    assert pressed({"open": "12"}, "1 12") == ["open"]


def test_a_key_that_belongs_to_no_sequence_is_skipped() -> None:
    assert pressed({"open": "12"}, "9129") == ["open"]


def test_a_start_repeated_does_not_spoil_the_sequence() -> None:
    assert pressed({"open": "112"}, "1112") == ["open"]


def test_of_overlapping_sequences_the_longest_wins() -> None:
    assert pressed({"short": "1", "long": "123"}, "123") == ["long"]


def test_the_shorter_one_matches_after_the_gap() -> None:
    assert pressed({"short": "1", "long": "123"}, "1") == []
    assert pressed({"short": "1", "long": "123"}, "1 ") == ["short"]
    assert pressed({"short": "1", "long": "123"}, "12 ") == ["short"]


def test_the_shorter_one_matches_as_soon_as_the_keys_lead_away_from_the_longer() -> None:
    assert pressed({"short": "1", "long": "123"}, "11") == ["short"]
    assert pressed({"short": "1", "long": "123"}, "124") == ["short"]


def test_the_keys_after_the_shorter_one_are_read_anew() -> None:
    assert pressed({"one": "1", "long": "1234", "other": "23"}, "1235 ") == ["one", "other"]


def test_a_late_timer_does_not_join_what_a_gap_separates() -> None:
    matcher = SequenceMatcher({"short": "1", "long": "12"})
    assert matcher.on_digit("1", 0.0) == []
    assert matcher.on_digit("2", GAP_S) == ["short"]


def test_the_deadline_stands_only_while_something_is_begun() -> None:
    matcher = SequenceMatcher({"open": "12"}, gap_s=2.0)
    deadlines = [matcher.deadline]
    for key, at in (("1", 10.0), ("2", 11.0), ("9", 11.5)):
        matcher.on_digit(key, at)
        deadlines.append(matcher.deadline)
    assert deadlines == [None, 12.0, None, None]


def test_without_sequences_nothing_matches_and_nothing_is_kept() -> None:
    matcher = SequenceMatcher({})
    assert matcher.on_digit("1", 0.0) == []
    assert matcher.deadline is None


@given(
    st.dictionaries(st.uuids().map(str), st.text("12#", min_size=1, max_size=4), max_size=6),
    st.text("12#", max_size=30),
)
def test_matches_are_found_in_the_keys_in_order_and_without_overlap(
    sequences: dict[str, str], keys: str
) -> None:
    rest = keys
    for match in pressed(sequences, keys + " "):
        _, found, rest = rest.partition(sequences[match])
        assert found


@given(st.lists(st.text("12", max_size=3).map(lambda keys: keys + "#"), min_size=1, max_size=9))
def test_sequences_with_a_common_last_key_match_one_after_the_other(entered: list[str]) -> None:
    sequences = {keys: keys for keys in entered}
    assert pressed(sequences, "".join(entered)) == entered
