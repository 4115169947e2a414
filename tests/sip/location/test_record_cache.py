import pytest

from sip.location.record_cache import (
    LONGEST_NEGATIVE_TTL_S,
    LONGEST_TTL_S,
    PAUSE_S,
    STALE_S,
    STALE_TTL_S,
    UNTIMED_S,
    RecordCache,
)
from sip.location.records import HostAddress, Kind, Question, Record, Records

PBX = Question("pbx.example.com", Kind.A)
FIRST = (HostAddress("192.0.2.1"),)
NONE: tuple[Record, ...] = ()


@pytest.mark.parametrize(
    ("records", "ttl_s", "kept_s"),
    [
        (FIRST, 60.0, 60.0),
        (FIRST, 0.0, 0.0),
        (FIRST, 2.0**31, LONGEST_TTL_S),
        (NONE, 60.0, 60.0),
        (NONE, 86400.0, LONGEST_NEGATIVE_TTL_S),
        (NONE, None, UNTIMED_S),
    ],
)
def test_an_answer_serves_until_its_time_has_passed(
    records: tuple[Record, ...], ttl_s: float | None, kept_s: float
) -> None:
    """RFC 1035 §3.2.1, RFC 2308 §5; each bounded."""
    cache = RecordCache()
    assert cache.learn(PBX, records, ttl_s, now=100.0) == Records(records, 100.0 + kept_s)
    if kept_s:
        assert cache.recall(PBX, 100.0 + kept_s - 0.1) == Records(records, 100.0 + kept_s)
    assert cache.recall(PBX, 100.0 + kept_s) is None


def test_kinds_and_names_are_told_apart() -> None:
    cache = RecordCache()
    cache.learn(PBX, FIRST, 60.0, now=0.0)
    assert cache.recall(Question("pbx.example.com", Kind.AAAA), 1.0) is None
    assert cache.recall(Question("example.com", Kind.A), 1.0) is None


def test_the_latest_answer_counts() -> None:
    cache = RecordCache()
    cache.learn(PBX, FIRST, 60.0, now=0.0)
    cache.learn(PBX, NONE, 10.0, now=1.0)
    assert cache.recall(PBX, 2.0) == Records(NONE, 11.0)


def test_without_an_answer_the_same_is_not_asked_again_at_once() -> None:
    cache = RecordCache()
    assert cache.fail(PBX, now=10.0) == Records(NONE, 10.0 + PAUSE_S)
    assert cache.recall(PBX, 10.0 + PAUSE_S - 0.1) == Records(NONE, 10.0 + PAUSE_S)
    assert cache.recall(PBX, 10.0 + PAUSE_S) is None


def test_an_outage_leaves_the_last_answer_standing_for_a_day() -> None:
    """RFC 8767 §4."""
    cache = RecordCache()
    cache.learn(PBX, FIRST, 60.0, now=0.0)
    assert cache.recall(PBX, 60.0) is None
    for now in (60.0, 1000.0, 60.0 + STALE_S - 1):
        assert cache.fail(PBX, now) == Records(FIRST, now + STALE_TTL_S)
        assert cache.recall(PBX, now + STALE_TTL_S - 0.1) == Records(FIRST, now + STALE_TTL_S)
        assert cache.recall(PBX, now + STALE_TTL_S) is None
    assert cache.fail(PBX, 60.0 + STALE_S).records == NONE


def test_an_outage_does_not_bring_back_what_was_taken_away() -> None:
    cache = RecordCache()
    cache.learn(PBX, FIRST, 60.0, now=0.0)
    cache.learn(PBX, NONE, 10.0, now=60.0)
    assert cache.fail(PBX, 80.0).records == NONE


def test_another_network_is_asked_for_what_was_missing_but_keeps_what_was_there() -> None:
    cache = RecordCache()
    missing, silent = Question("a.example", Kind.A), Question("b.example", Kind.A)
    cache.learn(PBX, FIRST, 60.0, now=0.0)
    cache.learn(missing, NONE, 60.0, now=0.0)
    cache.fail(silent, now=0.0)
    cache.doubt()
    assert cache.recall(PBX, 1.0) == Records(FIRST, 60.0)
    assert cache.recall(missing, 1.0) is None
    assert cache.recall(silent, 1.0) is None


def test_what_was_not_needed_for_longest_gives_way() -> None:
    cache = RecordCache(maximum=3)
    a, b, c, d = (Question(f"{name}.example", Kind.A) for name in "abcd")
    for question in (a, b, c):
        cache.learn(question, FIRST, 60.0, now=0.0)
    cache.recall(a, 1.0)
    cache.learn(d, FIRST, 60.0, now=2.0)
    assert [each for each in (a, b, c, d) if cache.recall(each, 3.0)] == [a, c, d]
    for number in range(100):
        cache.fail(Question(f"{number}.example", Kind.A), now=4.0)
    assert len(cache) == 3
