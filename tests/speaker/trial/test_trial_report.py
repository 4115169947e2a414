"""What a test call tells of each way in which a call can go."""

from dataclasses import replace

import pytest

from media.engine.events import KeysAgreed, KeysRefused, StreamId
from media.sdp.direction import Direction
from media.sdp.negotiation import AgreedStream, Capabilities, make_offer, read_answer
from media.sdp.session_description import Origin
from sip.session.events import Answered, Ended, Party, Progress, SessionId
from sip.syntax.reason_phrases import reason_phrase
from speaker.reports.verdict.table import judged
from speaker.trial.trial_report import Result, Stage, Step, TrialReport
from tests.speaker.reports.verdict.reports import WELL, like_well

CALL = SessionId("1")


def ended(by: Party, code: int, reason: str | None = None) -> Ended:
    return Ended(CALL, by, code, reason_phrase(code) if reason is None else reason)


def only(steps: list[Step]) -> Step:
    (step,) = steps
    return step


def answered() -> TrialReport:
    report = TrialReport(now=10.0)
    report.on_event(Answered(CALL, b""), 11.5)
    return report


def agreed(direction: Direction = Direction.SENDRECV) -> AgreedStream:
    offer = make_offer(Capabilities(), "192.0.2.1", 4000, origin=Origin(1, 1, "192.0.2.1"))
    answer = make_offer(Capabilities(), "192.0.2.2", 5000, origin=Origin(2, 1, "192.0.2.2"))
    return replace(read_answer(offer, answer), direction=direction)


def test_ringing_is_told_once() -> None:
    report = TrialReport(now=10.0)
    assert only(report.on_event(Progress(CALL, 180, b""), 10.1)).words == "it rings there (180)"
    assert report.on_event(Progress(CALL, 180, b""), 10.2) == []
    assert "with sound" in only(report.on_event(Progress(CALL, 183, b"v=0"), 10.3)).words


def test_what_came_of_a_handshake_is_told() -> None:
    stream = StreamId("s")
    agreed_on = answered().on_keys(KeysAgreed(stream, "AEAD_AES_256_GCM"))
    assert (agreed_on.failed, agreed_on.words) == (
        False,
        "keys agreed on by DTLS: AEAD_AES_256_GCM",
    )
    refused = answered().on_keys(KeysRefused(stream, "another certificate"))
    assert (refused.failed, refused.words) == (True, "another certificate")


def test_an_answer_is_told_with_the_time_it_took() -> None:
    report = TrialReport(now=10.0)
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
    report = TrialReport(now=10.0)
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
    steps = answered().on_sound(judged(WELL))
    assert [step.result for step in steps] == [Result.OK, Result.OK]
    assert "500 packets of sound came" in steps[0].words
    assert "the other side reports 0% lost" in steps[1].words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"packets_received": 0}, "a firewall or router drops them"),
        ({"packets_received": 0, "packets_of_unknown_type": 90}, "another codec than PCMU"),
        ({"packets_sent": 0}, "no sound was sent"),
        ({"remote_fraction_lost": 1.0}, "reports that nothing arrives"),
    ],
)
def test_sound_that_does_not_flow_is_explained(changes: dict[str, object], words: str) -> None:
    """In the words that the report on the call has."""
    report = judged(like_well(changes))
    failures = [step for step in answered().on_sound(report) if step.failed]
    assert [step.words for step in failures] == [report.verdict]
    assert words in report.verdict


def test_what_may_be_meant_so_fails_no_test_call() -> None:
    changed = like_well(
        {"packets_received": 0}, {"microphone_muted_s": 10.0}, {"direction": "sendonly"}
    )
    steps = answered().on_sound(judged(changed))
    assert not any(step.failed for step in steps)
    assert any("`audio.input_muted`" in step.words for step in steps)
