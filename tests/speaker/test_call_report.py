"""What a test call tells of each way in which a call can go."""

from dataclasses import replace

import pytest

from media.direction import Direction
from media.negotiation import AgreedStream, Capabilities, make_offer, read_answer
from media.sdp import Origin
from media.statistics import StreamStatistics
from sip.session.events import Answered, Ended, Party, Progress, SessionId
from sip.syntax.reason_phrases import reason_phrase
from speaker.call_report import CallReport, Result, Stage, Step

CALL = SessionId("1")
GOOD = StreamStatistics(packets_received=150, packets_sent=150, remote_fraction_lost=0.0)


def ended(by: Party, code: int, reason: str | None = None) -> Ended:
    return Ended(CALL, by, code, reason_phrase(code) if reason is None else reason)


def only(steps: list[Step]) -> Step:
    (step,) = steps
    return step


def answered() -> CallReport:
    report = CallReport(now=10.0)
    report.on_event(Answered(CALL, b""), 11.5)
    return report


def agreed(direction: Direction = Direction.SENDRECV) -> AgreedStream:
    offer = make_offer(Capabilities(), "192.0.2.1", 4000, origin=Origin(1, 1, "192.0.2.1"))
    answer = make_offer(Capabilities(), "192.0.2.2", 5000, origin=Origin(2, 1, "192.0.2.2"))
    return replace(read_answer(offer, answer), direction=direction)


def test_ringing_is_told_once() -> None:
    report = CallReport(now=10.0)
    assert only(report.on_event(Progress(CALL, 180, b""), 10.1)).words == "it rings there (180)"
    assert report.on_event(Progress(CALL, 180, b""), 10.2) == []
    assert "with sound" in only(report.on_event(Progress(CALL, 183, b"v=0"), 10.3)).words


def test_an_answer_is_told_with_the_time_it_took() -> None:
    report = CallReport(now=10.0)
    step = only(report.on_event(Answered(CALL, b""), 11.5))
    assert (step.stage, step.result, step.words) == (
        Stage.ANSWER,
        Result.OK,
        "answered after 1.5 s",
    )


@pytest.mark.parametrize(
    ("by", "code", "words"),
    [
        (Party.REMOTE, 404, "does not exist"),
        (Party.REMOTE, 407, "password"),
        (Party.REMOTE, 486, "busy"),
        (Party.REMOTE, 488, "`sip.codecs`"),
        (Party.NETWORK, 408, "firewall"),
        (Party.NETWORK, 503, "cannot be reached"),
        (Party.LOCAL, 487, "`sip.calling_timeout_s`"),
    ],
)
def test_a_call_that_is_not_answered_says_why(by: Party, code: int, words: str) -> None:
    report = CallReport(now=10.0)
    step = only(report.on_event(ended(by, code), 12.0))
    assert step.stage is Stage.ANSWER
    assert step.failed
    assert words in step.words
    assert report.over


@pytest.mark.parametrize(
    ("by", "code", "result", "words"),
    [
        (Party.LOCAL, 200, Result.OK, "confirmed"),
        (Party.LOCAL, 408, Result.NOTE, "did not confirm"),
        (Party.REMOTE, 200, Result.NOTE, "hung up after 3.0 s"),
        (Party.NETWORK, 408, Result.FAILED, "could not be reached any more"),
    ],
)
def test_the_end_of_an_answered_call_is_told(
    by: Party, code: int, result: Result, words: str
) -> None:
    step = only(answered().on_event(ended(by, code, ""), 14.5))
    assert (step.stage, step.result) == (Stage.HANG_UP, result)
    assert words in step.words


def test_the_agreed_sound_is_told() -> None:
    step = answered().on_agreement(agreed())
    assert step.result is Result.OK
    assert "PCMU" in step.words
    assert "192.0.2.2 port 5000" in step.words


def test_an_answer_without_a_common_codec_is_explained() -> None:
    step = answered().on_agreement(None)
    assert step.failed
    assert "`sip.codecs`" in step.words


def test_sound_both_ways_is_a_pass() -> None:
    steps = answered().on_sound(agreed(), GOOD)
    assert [step.result for step in steps] == [Result.OK, Result.OK]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"packets_received": 0}, "a firewall or a router drops RTP"),
        ({"packets_received": 0, "packets_of_unknown_type": 9}, "another codec than agreed"),
        ({"packets_received": 0, "packets_foreign": 9}, "somebody else sends"),
        ({"packets_sent": 0}, "no sound was sent"),
        ({"remote_fraction_lost": 1.0}, "reports that nothing arrived"),
    ],
)
def test_sound_that_does_not_flow_is_explained(changes: dict[str, float], words: str) -> None:
    steps = answered().on_sound(agreed(), replace(GOOD, **changes))  # type: ignore[arg-type]
    failures = [step for step in steps if step.failed]
    assert len(failures) == 1
    assert words in failures[0].words


def test_sound_that_was_not_agreed_on_is_not_missed() -> None:
    silent = StreamStatistics(packets_sent=150)
    steps = answered().on_sound(agreed(Direction.SENDONLY), silent)
    assert not any(step.failed for step in steps)
