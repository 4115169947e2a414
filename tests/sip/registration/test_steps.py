"""What may happen to a registration when."""

import pytest

from sip.account import RegistrationState
from sip.errors import IllegalStep
from sip.registration.steps import NEXT, Step, after

S = RegistrationState


def test_every_state_can_be_reached_and_left() -> None:
    assert set(NEXT.values()) == set(S)
    assert {state for state, _ in NEXT} == set(S)


def test_a_refusal_ends_by_being_switched_off_only() -> None:
    """Wrong password: no hammering."""
    assert {step for state, step in NEXT if state is S.REFUSED} == {Step.STOP}


def test_what_makes_no_sense_changes_nothing() -> None:
    with pytest.raises(IllegalStep, match="a 2xx of the primary server while the account is ref"):
        after(S.REFUSED, Step.ACCEPTED)
