import json

import pytest

from tools.phone.events import (
    Answered,
    DigitHeard,
    Ended,
    Event,
    Ringing,
    SoundFlows,
    StreamClosed,
)
from tools.phone.outcome import CallLog, ExitCode, Outcome

PEER = "sip:speaker@127.0.0.1"


def outcome_of(*events: tuple[float, Event], hung_up_here: bool = False) -> Outcome:
    log = CallLog(PEER, started=10.0)
    log.hung_up_here = hung_up_here
    for at, event in events:
        log.note(event, at)
    return log.outcome()


def test_answered_call_is_told_in_figures() -> None:
    outcome = outcome_of(
        (10.1, Ringing(180)),
        (10.5, Ringing(180)),
        (11.0, SoundFlows("PCMU/8000", encrypted=False)),
        (11.0, Answered()),
        (12.0, DigitHeard("5")),
        (12.2, DigitHeard("#")),
        (13.0, StreamClosed(sent=100, received=99, lost=1, jitter_ms=2.5, round_trip_ms=3.0)),
        (13.0, Ended(200, "OK")),
    )
    assert (outcome.result, outcome.exit_code, outcome.ended_by) == ("completed", 0, "remote")
    assert (outcome.setup_ms, outcome.ringing_ms, outcome.duration_s) == (1000.0, 900.0, 2.0)
    assert (outcome.codec, outcome.encrypted) == ("PCMU/8000", False)
    assert (outcome.packets_sent, outcome.packets_received, outcome.packets_lost) == (100, 99, 1)
    assert outcome.jitter_ms == 2.5
    assert outcome.round_trip_ms == 3.0
    assert outcome.digits_received == "5#"


def test_streams_of_one_call_are_added_up() -> None:
    """A re-INVITE ends one stream and starts another."""
    outcome = outcome_of(
        (11.0, Answered()),
        (12.0, StreamClosed(sent=10, received=20, lost=1, jitter_ms=4.0)),
        (13.0, StreamClosed(sent=5, received=6, lost=2, jitter_ms=1.0)),
        (13.0, Ended(200, "OK")),
    )
    assert (outcome.packets_sent, outcome.packets_received, outcome.packets_lost) == (15, 26, 3)
    assert outcome.jitter_ms == 4.0
    assert outcome.round_trip_ms is None


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([Answered(), Ended(200, "OK")], ExitCode.COMPLETED),
        ([Answered(), Ended(408, "Request Timeout")], ExitCode.NETWORK),
        ([Ended(486, "Busy Here")], ExitCode.REFUSED),
        ([Ringing(180), Ended(603, "Decline")], ExitCode.REFUSED),
        ([Ringing(180), Ended(503, "Service Unavailable")], ExitCode.REFUSED),
        ([Ringing(180), Ended(487, "Request Terminated")], ExitCode.NO_ANSWER),
        ([Ringing(180), Ended(480, "Temporarily Unavailable")], ExitCode.NO_ANSWER),
        ([Ringing(180), Ended(408, "Request Timeout")], ExitCode.NO_ANSWER),
        ([Ended(408, "Request Timeout")], ExitCode.NETWORK),
        ([Ended(503, "Connection refused")], ExitCode.NETWORK),
    ],
)
def test_exit_code_says_how_the_call_went(events: list[Event], expected: ExitCode) -> None:
    outcome = outcome_of(*((11.0, event) for event in events))
    assert outcome.exit_code is expected
    assert outcome.result == expected.name.lower()


def test_who_ended_the_call_is_told() -> None:
    over = ((11.0, Answered()), (12.0, Ended(200, "OK")))
    assert outcome_of(*over, hung_up_here=True).ended_by == "local"
    assert outcome_of(*over, hung_up_here=False).ended_by == "remote"
    assert outcome_of((11.0, Ended(503, "Connection refused"))).ended_by == "network"


def test_unanswered_call_has_no_set_up_time_and_rang_to_its_end() -> None:
    outcome = outcome_of((10.2, Ringing(180)), (12.2, Ended(487, "Request Terminated")))
    assert (outcome.setup_ms, outcome.duration_s, outcome.ringing_ms) == (None, None, 2000.0)


def test_outcome_is_one_line_of_json_that_reads_back() -> None:
    outcome = outcome_of((11.0, Answered()), (12.0, Ended(200, 'said "OK"\n')))
    line = str(outcome)
    assert "\n" not in line
    assert Outcome(**json.loads(line)) == outcome
