"""One call from start to end: the loop that joins the line, the orders and the clock."""

import time
from collections.abc import Callable
from typing import assert_never

from tools.phone.events import (
    Answered,
    CallArrived,
    DigitHeard,
    Ended,
    Event,
    Registered,
    Ringing,
    SoundFlows,
)
from tools.phone.line import Line
from tools.phone.orders import CallOrder, ListenOrder, TalkOrder
from tools.phone.outcome import CallLog, Outcome
from tools.phone.script import Action, Script, Step

TICK_S = 0.01
"""How exactly the script keeps its times; the line itself reacts at once."""

HANG_UP_LIMIT_S = 3.0
"""How long an answer to BYE or CANCEL is waited for."""

NOBODY_CALLED = Ended(408, "nobody called")
HANG_UP_UNANSWERED = Ended(408, "the hang-up was not answered")


class Conversation:
    """Makes or takes one call. `tell` is given a line for the human at every turn of it."""

    def __init__(self, line: Line, talk: TalkOrder, tell: Callable[[str], None]) -> None:
        self._line = line
        self._talk = talk
        self._tell = tell
        self._script = Script(talk)
        self._log = CallLog("", time.monotonic())
        self._hang_up_wanted = False
        self._hung_up_at: float | None = None

    def want_hang_up(self) -> None:
        """End the call at the next opportunity; safe to call from a signal handler."""
        self._hang_up_wanted = True

    def call(self, order: CallOrder) -> Outcome:
        """Call `order.uri` and talk."""
        if order.line.registration is not None and not self._register():
            return self._log.outcome()
        self._tell(f"calling {order.uri}")
        started = time.monotonic()
        self._log = CallLog(order.uri, started)
        self._line.call(order.uri, order.headers)
        while self._log.answered is None and self._log.ended is None:
            self._advance()
            if time.monotonic() - started > order.give_up_after_s:
                self._hang_up()
        return self._talk_to_the_end()

    def listen(self, order: ListenOrder) -> Outcome:
        """Wait for a call, ring, answer or refuse it, and talk."""
        if order.line.registration is not None and not self._register():
            return self._log.outcome()
        self._tell(f"listening at sip:phone@{self._line.address}")
        started = time.monotonic()
        while not self._log.peer and self._log.ended is None:
            self._advance()
            waited_s = time.monotonic() - started
            if self._hang_up_wanted or (order.wait_s is not None and waited_s > order.wait_s):
                self._take_in(NOBODY_CALLED)
        if self._log.ended is None:
            self._ring(order)
        return self._talk_to_the_end()

    def _register(self) -> bool:
        """Wait for the registrar's word, and say whether it was a yes."""
        while True:
            for event in self._line.poll(TICK_S):
                if isinstance(event, Registered):
                    self._tell(f"registrar: {event.code} {event.reason}")
                    if event.code != 200:
                        self._take_in(Ended(event.code, event.reason))
                    return event.code == 200

    def _ring(self, order: ListenOrder) -> None:
        arrived = time.monotonic()
        if order.refuse_with is not None:
            self._line.respond(order.refuse_with)
            return
        self._line.respond(180)
        while self._log.ended is None and time.monotonic() - arrived < order.answer_after_s:
            self._advance()
        if self._log.ended is None and self._hung_up_at is None:
            self._line.respond(200)

    def _talk_to_the_end(self) -> Outcome:
        while self._log.ended is None:
            self._advance()
            if self._log.answered is not None:
                for step in self._script.due(time.monotonic() - self._log.answered):
                    self._perform(step)
        return self._log.outcome()

    def _perform(self, step: Step) -> None:
        if self._hung_up_at is not None:
            return
        match step.action:
            case Action.PRESS_KEYS:
                self._line.press(step.keys, self._talk.dtmf_method)
                self._log.digits_sent += step.keys
                self._tell(f"pressed {step.keys}")
            case Action.HOLD:
                self._line.hold()
                self._tell("on hold")
            case Action.RESUME:
                self._line.resume()
                self._tell("off hold")
            case Action.CHANGE_CODEC:
                self._line.change_codec(self._talk.change_codec_to)
                self._tell(f"asked for {self._talk.change_codec_to}")
            case Action.REFER:
                self._line.refer(self._talk.refer_to)
                self._tell(f"asked to call {self._talk.refer_to}")
            case Action.HANG_UP:
                self._hang_up()
            case _:
                assert_never(step.action)

    def _advance(self) -> None:
        for event in self._line.poll(TICK_S):
            self._take_in(event)
        if self._hang_up_wanted:
            self._hang_up()
        if self._hung_up_at is not None:
            waited_s = time.monotonic() - self._hung_up_at
            if self._log.ended is None and waited_s > HANG_UP_LIMIT_S:
                self._take_in(HANG_UP_UNANSWERED)

    def _hang_up(self) -> None:
        if self._hung_up_at is None:
            self._hung_up_at = time.monotonic()
            self._log.hung_up_here = True
            self._line.hang_up()

    def _take_in(self, event: Event) -> None:
        now = time.monotonic()
        match event:
            case CallArrived(peer):
                self._log = CallLog(peer, now)
                self._tell(f"{peer} calls")
            case Ringing(code):
                self._tell(f"ringing ({code})")
            case Answered():
                self._tell(f"answered after {now - self._log.started:.2f} s")
            case SoundFlows(codec, encrypted):
                self._tell(f"sound: {codec}{', encrypted' if encrypted else ''}")
            case DigitHeard(digit):
                self._tell(f"heard key {digit}")
            case Ended(code, reason):
                self._tell(f"ended: {code} {reason}")
            case _:
                pass
        self._log.note(event, now)
