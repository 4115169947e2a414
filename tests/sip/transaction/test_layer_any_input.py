"""Whatever comes in whatever order: nothing raises, and time empties the table."""

from typing import TypeGuard

from hypothesis import given, settings
from hypothesis import strategies as st

from sip.errors import IllegalStep
from sip.flow import Flow
from sip.syntax.message import Request, Response
from sip.transaction.effects import (
    Effect,
    RequestArrived,
    TransactionFailed,
    TransactionId,
    TransactionTimedOut,
)
from sip.transaction.layer import TransactionLayer
from sip.transaction.timers import T1
from tests.sip.timeline import run_to_the_end
from tests.sip.transaction_messages import TCP, UDP, a_request, answer

MAXIMUM = 4

branches = st.sampled_from(["z9hG4bK-1", "z9hG4bK-2", "z9hG4bK-3", "z9hG4bK", "old", ""])
requests = st.builds(
    a_request,
    st.sampled_from(["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "UNHEARDOF"]),
    branch=branches,
    to_tag=st.sampled_from(["", "b"]),
    cseq=st.integers(1, 2),
)
codes = st.sampled_from([100, 180, 200, 302, 486, 699])
responses = st.builds(answer, requests, codes)
flows = st.sampled_from([UDP, TCP])
picks = st.integers(0, 5)

steps = st.one_of(
    st.tuples(st.just("receive"), requests | responses, flows),
    st.tuples(st.just("request"), requests, flows),
    st.tuples(st.just("respond"), picks, codes),
    st.tuples(st.just("cancel"), picks),
    st.tuples(st.just("fail"), flows),
    st.tuples(st.just("wait"), st.floats(0, 40)),
)


class Driver:
    """Does one step after the other, as a careless user agent would."""

    def __init__(self) -> None:
        self.layer = TransactionLayer(maximum=MAXIMUM)
        self.now = 0.0
        self.ours: list[TransactionId] = []
        self.theirs: list[RequestArrived] = []
        self.ended: list[TransactionId] = []

    def note(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, RequestArrived):
                self.theirs.append(effect)
            elif isinstance(effect, TransactionTimedOut) or self.failed(effect):
                self.ended.append(effect.transaction)

    def failed(self, effect: Effect) -> TypeGuard[TransactionFailed]:
        """Whether a request of ours is over; one of a peer may fail again and again."""
        return isinstance(effect, TransactionFailed) and effect.transaction in self.ours

    def step(self, step: tuple[object, ...]) -> None:
        layer, now = self.layer, self.now
        match step:
            case ("receive", (Request() | Response()) as message, Flow() as flow):
                self.note(layer.receive(message, flow, now))
            case ("request", Request() as request, Flow() as flow):
                self.request(request, flow)
            case ("respond", int(pick), int(code)) if self.theirs:
                self.respond(self.theirs[pick % len(self.theirs)], code)
            case ("cancel", int(pick)) if self.ours:
                self.note(layer.cancel(self.ours[pick % len(self.ours)], now))
            case ("fail", Flow() as flow):
                self.note(layer.flow_failed(flow, now))
            case ("wait", float(seconds)):
                self.now += seconds
                self.note(layer.on_timer(self.now))

    def request(self, request: Request, flow: Flow) -> None:
        before = len(self.layer)
        try:
            transaction, effects = self.layer.send_request(request, flow, self.now)
        except IllegalStep:
            assert len(self.layer) == before
            return
        self.ours.append(transaction)
        self.note(effects)

    def respond(self, event: RequestArrived, code: int) -> None:
        try:
            response = answer(event.request, code)
            self.note(self.layer.send_response(event.transaction, response, self.now))
        except IllegalStep:
            assert event.request.method == "INVITE"

    def finish(self) -> None:
        """Answer what the peers ask, take back what we asked, and let time pass."""
        for event in self.theirs:
            self.respond(event, 486)
        for transaction in self.ours:
            self.note(self.layer.cancel(transaction, self.now))
        self.note([effect for _, effect in run_to_the_end(self.layer, most=500)])


@settings(max_examples=300)
@given(st.lists(steps, max_size=40))
def test_nothing_raises_and_time_empties_the_table(sequence: list[tuple[object, ...]]) -> None:
    driver = Driver()
    for step in sequence:
        driver.step(step)
        assert len(driver.layer) <= 4 * MAXIMUM  # requests and their CANCELs, both ways
    driver.finish()
    assert len(driver.layer) == 0
    assert len(set(driver.ended)) == len(driver.ended), "one end for each transaction"


@given(st.lists(steps, max_size=40))
def test_unanswered_requests_of_peers_end_within_64_t1(sequence: list[tuple[object, ...]]) -> None:
    """All but an INVITE, which waits for people."""
    driver = Driver()
    for step in sequence:
        driver.step(step)
    driver.finish()
    for method in ("BYE", "OPTIONS"):
        request = a_request(method, branch="z9hG4bK-late")
        driver.note(driver.layer.receive(request, UDP, driver.now))
    driver.note(driver.layer.on_timer(driver.now + 64 * T1))
    assert len(driver.layer) == 0
