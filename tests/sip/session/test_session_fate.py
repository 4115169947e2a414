"""Two user agents over a network that loses, doubles, delays and reorders: every call ends once.

Alice and Bob do whatever is legal at random moments. In the end both hang up, time runs out, and
each session has told exactly one `Ended`, as its last event, with every table empty.
"""

import random
from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sip.errors import IllegalStep
from sip.session.events import (
    Answered,
    Ended,
    OfferArrived,
    SessionEvent,
    SessionId,
    UserAgentEvent,
)
from sip.syntax.uri import SipUri
from tests.sip.pair import ANSWER, OFFER, Pair, Phone

PHONES = st.sampled_from(["alice", "bob"])
CAROL = SipUri.parse("sip:carol@192.0.2.3")
BODIES = st.sampled_from([OFFER, b""])


class Fate(RuleBasedStateMachine):
    """Commands of both applications and the whims of the network, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.dice = random.Random(0)
        self.faults = 0.0
        self.answering = True
        self.pair = Pair(fate=self.fate, session_timer_s=90)
        self.pair.on_event = self.on_event

    def fate(self, _message: str) -> tuple[float, ...]:
        if self.dice.random() >= self.faults:
            return (0.001,)
        copies = self.dice.randrange(3)
        return tuple(self.dice.choice([0.001, 0.3, 2.0, 9.0]) for _ in range(copies))

    def on_event(self, phone: Phone, event: UserAgentEvent) -> None:
        """Most of the time the applications answer what they are asked."""
        if not self.answering:
            return
        if isinstance(event, OfferArrived):
            self.attempt(lambda: phone.answer_offer(ANSWER))
        if isinstance(event, Answered) and event.body == OFFER:
            self.attempt(lambda: phone.answer_offer(ANSWER))

    def attempt(self, command: Callable[[], None]) -> None:
        """What the state forbids must be refused cleanly; the invariants see to the rest."""
        try:
            command()
        except IllegalStep:
            return

    def phone(self, name: str) -> Phone:
        return self.pair.alice if name == "alice" else self.pair.bob

    @rule(dice=st.integers(0, 2**32), faults=st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]))
    def change_the_network(self, dice: int, faults: float) -> None:
        self.dice = random.Random(dice)
        self.faults = faults

    @rule(answering=st.booleans())
    def change_the_applications(self, answering: bool) -> None:
        self.answering = answering

    @rule(seconds=st.sampled_from([0.001, 0.1, 0.5, 2.5, 10.0, 40.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.pair.run(seconds)

    @precondition(lambda self: len(self.pair.wire) < 300)
    @rule(name=PHONES, offer=BODIES)
    def call(self, name: str, offer: bytes) -> None:
        caller = self.phone(name)
        called = self.phone("bob" if name == "alice" else "alice")
        self.attempt(lambda: caller.call(called, offer))

    @rule(name=PHONES)
    def ring(self, name: str) -> None:
        self.attempt(self.phone(name).ring)

    @rule(name=PHONES, body=st.sampled_from([OFFER, ANSWER]))
    def let_early_media_be_heard(self, name: str, body: bytes) -> None:
        self.attempt(lambda: self.phone(name).ring(body))

    @rule(name=PHONES)
    def refer(self, name: str) -> None:
        self.attempt(lambda: self.phone(name).refer(CAROL))

    @rule(name=PHONES, accepted=st.booleans())
    def decide_on_referral(self, name: str, accepted: bool) -> None:
        phone = self.phone(name)
        session, now = phone.session, self.pair.now
        if accepted:
            self.attempt(lambda: phone.do(phone.agent.accept_referral(session, now)))
        else:
            self.attempt(lambda: phone.do(phone.agent.refuse_referral(session, 603, now)))

    @rule(name=PHONES, code=st.sampled_from([180, 200, 486]))
    def report_referral(self, name: str, code: int) -> None:
        phone = self.phone(name)
        self.attempt(
            lambda: phone.do(phone.agent.report_referral(phone.session, code, self.pair.now))
        )

    @rule(name=PHONES, body=st.sampled_from([OFFER, ANSWER]))
    def accept(self, name: str, body: bytes) -> None:
        self.attempt(lambda: self.phone(name).accept(body))

    @rule(name=PHONES)
    def reject(self, name: str) -> None:
        self.attempt(lambda: self.phone(name).reject(486))

    @rule(name=PHONES, offer=BODIES)
    def reinvite(self, name: str, offer: bytes) -> None:
        self.attempt(lambda: self.phone(name).reinvite(offer))

    @rule(name=PHONES)
    def answer_offer(self, name: str) -> None:
        self.attempt(lambda: self.phone(name).answer_offer(ANSWER))

    @rule(name=PHONES)
    def refuse_offer(self, name: str) -> None:
        self.attempt(lambda: self.phone(name).refuse_offer(488))

    @rule(name=PHONES)
    def send_info(self, name: str) -> None:
        self.attempt(lambda: self.phone(name).send_info("application/dtmf", b"5"))

    @rule(name=PHONES)
    def hang_up(self, name: str) -> None:
        self.attempt(self.phone(name).hang_up)

    @invariant()
    def nothing_follows_the_end(self) -> None:
        for phone in (self.pair.alice, self.pair.bob):
            ended = set[SessionId]()
            for event in phone.events:
                assert isinstance(event, SessionEvent)
                assert event.session not in ended, f"{event} after the end"
                if isinstance(event, Ended):
                    ended.add(event.session)

    def teardown(self) -> None:
        self.answering = False
        for _ in range(3):  # a call that is still under way rings after the first round
            for phone in (self.pair.alice, self.pair.bob):
                self.hang_up_everything(phone)
            self.pair.run(200)
        self.pair.run_out()
        for phone in (self.pair.alice, self.pair.bob):
            assert phone.agent.remembered == 0
            assert phone.agent.deadline is None
            ended = [event.session for event in phone.told(Ended)]
            assert len(ended) == len(set(ended))
            assert set(ended) == self.sessions_of(phone)

    def hang_up_everything(self, phone: Phone) -> None:
        for session in self.sessions_of(phone):
            phone.session = session
            self.attempt(phone.hang_up)

    def sessions_of(self, phone: Phone) -> set[SessionId]:
        """All sessions that this side has had; a session is named by our tag."""
        placed = {SessionId(invite.from_.tag) for invite in phone.sent("INVITE")}
        heard_of = {event.session for event in phone.events if isinstance(event, SessionEvent)}
        return placed | heard_of


TestFate = Fate.TestCase
TestFate.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
