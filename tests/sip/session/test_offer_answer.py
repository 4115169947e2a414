"""RFC 3264 and RFC 6337: who may offer now."""

import itertools

import pytest

from sip.errors import IllegalStep
from sip.session.offer_answer import NEXT, Negotiation, OfferAnswer, Step


def in_state(state: Negotiation) -> OfferAnswer:
    negotiation = OfferAnswer()
    negotiation.state = state
    return negotiation


@pytest.mark.parametrize(
    ("state", "step"),
    [pair for pair in itertools.product(Negotiation, Step) if pair not in NEXT],
)
def test_a_step_outside_of_the_table_raises_and_changes_nothing(
    state: Negotiation, step: Step
) -> None:
    negotiation = in_state(state)
    with pytest.raises(IllegalStep, match=step.value):
        negotiation.take(step)
    assert negotiation.state is state


@pytest.mark.parametrize("state", Negotiation)
def test_no_state_lets_both_sides_answer_or_a_second_offer_start(state: Negotiation) -> None:
    """RFC 3264 §4: one offer at a time."""
    negotiation = in_state(state)
    allowed = {step for each, step in NEXT if each is state}
    assert not {Step.SEND_ANSWER, Step.RECEIVE_ANSWER} <= allowed
    pending = negotiation.local_offer_pending or negotiation.remote_offer_pending
    offers = allowed & {Step.SEND_OFFER, Step.RECEIVE_OFFER}
    assert offers == (set() if pending else {Step.SEND_OFFER, Step.RECEIVE_OFFER})


@pytest.mark.parametrize(
    ("offer", "answer"),
    [(Step.SEND_OFFER, Step.RECEIVE_ANSWER), (Step.RECEIVE_OFFER, Step.SEND_ANSWER)],
)
def test_an_answered_offer_leads_to_agreement(offer: Step, answer: Step) -> None:
    negotiation = OfferAnswer()
    for _ in range(2):
        negotiation.take(offer)
        negotiation.take(answer)
        assert negotiation.state is Negotiation.AGREED


@pytest.mark.parametrize("offer", [Step.SEND_OFFER, Step.RECEIVE_OFFER])
def test_a_refused_offer_leaves_what_was_agreed_before(offer: Step) -> None:
    """RFC 6337 §3.4."""
    for before in (Negotiation.NOTHING, Negotiation.AGREED):
        negotiation = in_state(before)
        negotiation.take(offer)
        negotiation.take(Step.GIVE_UP)
        assert negotiation.state is before
