"""Who owns the loudspeaker."""

import pytest

from media.engine.arbiter import (
    Claim,
    Duck,
    Mix,
    Pause,
    Placement,
    Standing,
    Stop,
    Treatment,
    Verdict,
    arbitrate,
)

PLAY = Verdict(Standing.PLAY)
PAUSED = Verdict(Standing.PAUSED)
QUEUED = Verdict(Standing.QUEUED)
STOPPED = Verdict(Standing.STOPPED)
DUCKED = Verdict(Standing.PLAY, -20.0)


def claim(
    name: str,
    priority: int,
    treatment: Treatment | None = None,
    *,
    queue: bool = False,
    begun: bool = True,
) -> Claim:
    placement = Placement(priority=priority, treatment=treatment or Mix(), queue=queue)
    return Claim(name, placement, begun)


@pytest.mark.parametrize(
    ("treatment", "queued", "verdict"),
    [
        (Mix(), False, PLAY),
        (Duck(20.0), False, DUCKED),
        (Pause(), False, PAUSED),
        (Stop(), False, STOPPED),
        (Mix(), True, PLAY),
        (Duck(20.0), True, DUCKED),
        (Pause(), True, PAUSED),
        (Stop(), True, PAUSED),
    ],
)
def test_a_source_that_sounds_is_treated_as_the_higher_one_says(
    treatment: Treatment, *, queued: bool, verdict: Verdict
) -> None:
    lower = claim("lower", 1, queue=queued)
    assert arbitrate([lower, claim("higher", 2, treatment)]) == {"higher": PLAY, "lower": verdict}


@pytest.mark.parametrize("treatment", [Mix(), Duck(20.0), Pause(), Stop()])
def test_a_source_that_asked_to_be_queued_does_not_begin_under_a_higher_one(
    treatment: Treatment,
) -> None:
    lower = claim("lower", 1, queue=True, begun=False)
    assert arbitrate([lower, claim("higher", 2, treatment)])["lower"] == QUEUED


def test_calls_of_equal_priority_are_mixed() -> None:
    calls = [claim("one", 5, Stop()), claim("two", 5, Stop())]
    assert arbitrate(calls) == {"one": PLAY, "two": PLAY}


def test_equals_that_asked_to_be_queued_play_in_the_order_they_came() -> None:
    waiting = [claim(name, 1, queue=True, begun=False) for name in ("first", "second", "third")]
    assert arbitrate(waiting) == {"first": PLAY, "second": QUEUED, "third": QUEUED}


def test_a_lower_source_that_sounds_does_not_make_a_queued_higher_one_wait() -> None:
    higher = claim("higher", 2, Pause(), queue=True, begun=False)
    assert arbitrate([claim("lower", 1), higher]) == {"higher": PLAY, "lower": PAUSED}


@pytest.mark.parametrize(
    ("treatments", "verdict"),
    [
        ((Duck(6.0), Duck(20.0)), DUCKED),
        ((Duck(20.0), Mix()), DUCKED),
        ((Duck(20.0), Pause()), PAUSED),
        ((Pause(), Stop()), STOPPED),
    ],
)
def test_of_several_treatments_the_strictest_wins(
    treatments: tuple[Treatment, Treatment], verdict: Verdict
) -> None:
    others = [claim("one", 2, treatments[0]), claim("other", 2, treatments[1])]
    assert arbitrate([claim("lower", 1), *others])["lower"] == verdict
    assert arbitrate([*reversed(others), claim("lower", 1)])["lower"] == verdict


@pytest.mark.parametrize(("silencing", "verdict"), [(Pause(), PAUSED), (Stop(), STOPPED)])
def test_only_sources_that_sound_treat_others(silencing: Treatment, verdict: Verdict) -> None:
    music, call = claim("music", 1), claim("call", 2, silencing)
    assert arbitrate([music, call, claim("page", 3, Mix())])["music"] == verdict
    assert arbitrate([music, call, claim("page", 3, Pause())])["music"] == PAUSED


def test_a_source_that_waits_in_the_queue_leaves_lower_ones_alone() -> None:
    page = claim("page", 3, Mix())
    announcement = claim("announcement", 2, Stop(), queue=True, begun=False)
    verdicts = arbitrate([claim("music", 1), announcement, page])
    assert verdicts == {"page": PLAY, "announcement": QUEUED, "music": PLAY}


def test_ducking_cannot_make_louder() -> None:
    with pytest.raises(ValueError, match="-3"):
        Duck(-3.0)
