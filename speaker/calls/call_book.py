"""The calls that are up: each in its state and with its limit, told to the bus, ended once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from sip.session.events import Party
from speaker.calls.call_state import LIMITS, CallState, Step, limit_s
from speaker.reports.call_report import CallEnd, EndedBy, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conf.settings import SipSettings
    from sip.session.endpoint import Effect
    from sip.session.events import Ended, SessionId
    from sip.user_agent import UserAgent
    from speaker.calls.call import Call
    from speaker.events import Bus
    from speaker.reports.call_reporter import CallReporter
    from speaker.sound.clip_player import ClipPlayer

log = structlog.get_logger(__name__)

ENDED_BY: Final = {
    Party.LOCAL: EndedBy.LOCAL,
    Party.REMOTE: EndedBy.REMOTE,
    Party.NETWORK: EndedBy.NETWORK,
}
"""Who ends a call, as reports say it."""


class NoSuchCall(LookupError):
    """A command names a call that is not there (any more)."""


class CallRefused(Exception):
    """What people ask of a call cannot be done; the message says why."""


class CallBook:
    """Every call from its first step to its last. `now` is in monotonic seconds."""

    def __init__(
        self,
        settings: SipSettings,
        user_agent: UserAgent,
        *,
        transmit: Callable[[Iterable[Effect]], None],
        player: ClipPlayer,
        bus: Bus,
        reporter: CallReporter,
    ) -> None:
        self._settings = settings
        self._agent = user_agent
        self._transmit = transmit
        self._player = player
        self._bus = bus
        self._reporter = reporter
        self._calls: dict[SessionId, Call] = {}
        self._leaving: set[SessionId] = set()
        self.closed = False
        """The device is stopping: no call is taken or placed any more."""

        self._publish_idle()

    def apply(self, settings: SipSettings) -> None:
        """Go by these settings from now on; a state that a call is in keeps its limit."""
        self._settings = settings

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that have not ended, the oldest first."""
        return tuple(self._calls.values())

    @property
    def leaving(self) -> frozenset[SessionId]:
        """Calls that we have ended and whose peers have not confirmed it yet."""
        return frozenset(self._leaving)

    def get(self, session: SessionId) -> Call | None:
        """The call of a session; None when it has ended."""
        return self._calls.get(session)

    def find(self, session: SessionId) -> Call:
        """The call that a command names; raises NoSuchCall."""
        if session not in self._calls:
            raise NoSuchCall(f"no call {session!r}")
        return self._calls[session]

    def of_stream(self, stream: str) -> Call | None:
        """The call whose sound is a stream of the engine."""
        return next((call for call in self.calls if call.media.stream == stream), None)

    def add(self, call: Call, step: Step, now: float) -> None:
        """Take in a new call with its first step."""
        self._calls[call.session] = call
        self._reporter.began(call, Way.OUTGOING if step is Step.CALL else Way.INCOMING, now)
        self.move(call, step, now)

    def move(self, call: Call, step: Step, now: float) -> None:
        """Let a call go a step further, and set when its state has lasted too long."""
        limit_before = LIMITS.get(call.state)
        call.step(step)
        if LIMITS.get(call.state) is not limit_before:
            lasts_s = limit_s(call.state, self._settings)
            call.expires_at = None if lasts_s is None else now + lasts_s
        self._reporter.went_on(call, now)
        self._publish(call)

    def hang_up(
        self, call: Call, now: float, *, why: str, reason: str = "", step: Step = Step.END
    ) -> None:
        """End a call from our side; `reason` is the value of a `Reason` header field."""
        log.info("call ends", peer=call.peer, by="local", why=why)
        self._put_aside(call, step, CallEnd(by=EndedBy.LOCAL, why=why), now)
        self._leaving.add(call.session)
        self._transmit(self._agent.hang_up(call.session, now, reason=reason))

    def give_way(self, session: SessionId, now: float) -> None:
        """Another call takes the place of this one; SIP ends it when it accepts the other."""
        call = self._calls.get(session)
        if call is not None:
            why = "another takes its place"
            log.info("call ends", peer=call.peer, by="remote", why=why)
            self._leaving.add(session)
            self._put_aside(call, Step.END, CallEnd(by=EndedBy.REMOTE, why=why), now)

    def on_ended(self, event: Ended, now: float) -> None:
        """Take note that a session is over, whichever side wanted it."""
        self._leaving.discard(event.session)
        call = self._calls.get(event.session)
        if call is not None:
            by, code, why = event.by, event.code, event.reason
            log.info("call ends", peer=call.peer, by=by.value, code=code, why=why)
            self._put_aside(call, Step.END, CallEnd(by=ENDED_BY[by], code=code, why=why), now)

    def _put_aside(self, call: Call, step: Step, end: CallEnd, now: float) -> None:
        """Nothing is heard of an ended call, whatever SIP still has to say about it.

        But a peer who hung up, such as a program that reads out an announcement, has its last word.
        """
        self._reporter.ended(call, end, now)
        del self._calls[call.session]
        for clip in (call.announcement, call.ringback):
            if clip is not None:
                self._player.stop(clip)
        call.media.close(to_its_end=end.by is EndedBy.REMOTE)
        call.step(step)
        if self._calls:
            self._publish(self.calls[-1])  # or the bus would go on telling of the ended one
        else:
            self._publish_idle()

    def _publish(self, call: Call) -> None:
        self._bus.set(
            "call.state",
            call.state.value,
            account=call.account.id,
            peer=call.peer,
            call=call.session,
        )

    def _publish_idle(self) -> None:
        self._bus.set("call.state", CallState.IDLE.value)
