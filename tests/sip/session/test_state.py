"""The table of RFC 3261 §13 to §15."""

import itertools

import pytest

from sip.errors import IllegalStep
from sip.session.state import NEXT, SessionState, SessionStep, after


@pytest.mark.parametrize(
    ("state", "step"),
    [pair for pair in itertools.product(SessionState, SessionStep) if pair not in NEXT],
)
def test_a_step_outside_of_the_table_raises(state: SessionState, step: SessionStep) -> None:
    with pytest.raises(IllegalStep, match=state.value):
        after(state, step)


def test_nothing_leads_out_of_the_end() -> None:
    assert not [step for state, step in NEXT if state is SessionState.ENDED]


def test_from_every_state_the_end_can_be_reached() -> None:
    reaching = {SessionState.ENDED}
    for _ in SessionState:
        reaching |= {state for (state, _), following in NEXT.items() if following in reaching}
    assert reaching == set(SessionState)


def test_every_step_is_legal_somewhere() -> None:
    assert {step for _, step in NEXT} == set(SessionStep)


def test_no_bye_before_the_ack() -> None:
    """RFC 3261 §15: after our 2xx a BYE waits for the ACK, or for its time-out."""
    assert after(SessionState.ACCEPTED, SessionStep.HANG_UP) is SessionState.LEAVING
    assert after(SessionState.LEAVING, SessionStep.ACKNOWLEDGED) is SessionState.CLOSING
