"""We have another address in the middle of a call: the peer is told, and finds us there."""

import pytest

from sip.flow import Transport
from sip.session.events import AnswerArrived, Ended, OfferArrived
from sip.syntax.message import Request
from sip.transaction.effects import Send
from tests.sip.pair import ANSWER, OFFER, Pair, Phone, talking

ELSEWHERE = "192.0.2.99"


def contact_of(phone: Phone) -> str:
    """The Contact of the last re-INVITE."""
    request = phone.sent("INVITE")[-1]
    assert isinstance(request, Request)
    return str(request.contacts[0].uri)


@pytest.mark.parametrize("name", ["alice", "bob"])
@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_a_reinvite_after_a_move_names_the_new_address_and_the_peer_goes_there(
    transport: Transport, name: str
) -> None:
    """RFC 3261 §12.2: a target refresh request takes the dialog to another address."""
    pair = talking(Pair(transport=transport))
    ours, theirs = (pair.alice, pair.bob) if name == "alice" else (pair.bob, pair.alice)
    ours.move(ELSEWHERE)
    ours.reinvite(OFFER)
    pair.run()
    assert ELSEWHERE in contact_of(ours)
    assert ours.sent("INVITE")[-1].top_via.host == ELSEWHERE
    assert theirs.told(OfferArrived)
    theirs.answer_offer(ANSWER)
    pair.run()
    assert ours.told(AnswerArrived)
    theirs.hang_up()
    pair.run()
    assert ours.told(Ended)[0].code == 200


def connection_of_reinvite(pair: Pair) -> int:
    """The connection that Alice's next re-INVITE goes by; 0: a new one."""
    effects = pair.alice.agent.reinvite(pair.alice.session, OFFER, pair.now)
    (sent,) = [effect for effect in effects if isinstance(effect, Send)]
    return sent.flow.connection


def test_after_a_move_no_connection_from_the_old_address_is_used() -> None:
    pair = talking(Pair(transport=Transport.TCP))
    pair.alice.move(ELSEWHERE)
    assert connection_of_reinvite(pair) == 0


def test_without_a_move_the_connection_goes_on_being_used() -> None:
    pair = talking(Pair(transport=Transport.TCP))
    pair.alice.do(pair.alice.agent.network_changed(pair.now))
    assert connection_of_reinvite(pair) == 1
