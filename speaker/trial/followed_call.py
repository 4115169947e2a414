"""One call of the device's own, followed from its INVITE to the judgement of its sound."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from media.engine.events import KeysAgreed, KeysRefused
from sip.errors import MalformedUri, MisuseError
from sip.session import events as sip_events
from speaker.calls.call_book import CallRefused, NoSuchCall
from speaker.trial.trial_report import Stage, Step, TrialReport, failed, ok

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from media.engine.events import EngineEvent
    from sip.session.events import SessionId, UserAgentEvent
    from sip.syntax.uri import SipUri
    from speaker.calls.call import Call
    from speaker.device import Device
    from speaker.reports.call_report import CallReport

TALK_S: Final = 3.0
"""How long the call is up: long enough for a report of the other side on our sound (RTCP)."""

FIGURES_S: Final = 1.0
"""How long the sound engine may take to count a stream that it has stopped."""

CALL_EVENTS: Final = (sip_events.Progress, sip_events.Answered, sip_events.Ended)
KEY_EVENTS: Final = (KeysAgreed, KeysRefused)

OTHER_SOUND: Final = (406, 415, 488, 606)
"""Final responses that a call with another kind of sound may not get."""


class FollowedCall:
    """Places a call and tells what comes of it."""

    def __init__(
        self,
        device: Device,
        events: asyncio.Queue[UserAgentEvent | EngineEvent],
        hosts: Sequence[str],
        *,
        place: Callable[[], Awaitable[SessionId]],
    ) -> None:
        """`events` is what the device's witnesses hear; `hosts` are servers on the way.

        `place` places the call.
        """
        self._device = device
        self._events = events
        self._hosts = hosts
        self._place = place
        self._agreed = True
        self._code = 0

    @property
    def wants_other_sound(self) -> bool:
        """Whether it failed for the kind of sound, or its encryption, that was offered."""
        return not self._agreed or self._code in OTHER_SOUND

    async def steps(self, target: SipUri) -> AsyncIterator[Step]:
        """Each step when it is done."""
        try:
            session = await self._place()
        except (CallRefused, MisuseError, MalformedUri) as error:
            yield failed(Stage.CALL, str(error))
            return
        try:
            yield ok(Stage.CALL, f"calling {target}")
            async for step in self._follow(session):
                yield step
        finally:
            self._hang_up(session)

    async def _follow(self, session: SessionId) -> AsyncIterator[Step]:
        loop = asyncio.get_running_loop()
        report = TrialReport(loop.time())
        call = next(call for call in self._device.calls.calls if call.session == session)
        hang_up_at: float | None = None
        while not report.over:
            event = await self._next(hang_up_at)
            if event is None:
                hang_up_at = None
                self._hang_up(session)
                continue
            for step in self._told(event, call, report):
                yield step
            if isinstance(event, sip_events.Answered) and event.session == session:
                hang_up_at = loop.time() + TALK_S
        kept = await self._report(session)
        if call.media.agreed is not None and report.answered and kept is not None:
            for step in report.on_sound(kept):
                yield step

    def _told(
        self, event: UserAgentEvent | EngineEvent, call: Call, report: TrialReport
    ) -> list[Step]:
        if isinstance(event, KEY_EVENTS) and event.stream == call.media.stream:
            self._agreed = self._agreed and isinstance(event, KeysAgreed)
            return [report.on_keys(event)]
        if not isinstance(event, CALL_EVENTS) or event.session != call.session:
            return []
        if isinstance(event, sip_events.Ended) and not report.answered:
            self._code = event.code
        now = asyncio.get_running_loop().time()
        steps = [self._explained(step) for step in report.on_event(event, now)]
        if isinstance(event, sip_events.Answered):
            self._agreed = self._agreed and call.media.agreed is not None
            steps.append(report.on_agreement(call.media.agreed))
        return steps

    async def _next(self, until: float | None) -> UserAgentEvent | EngineEvent | None:
        """The next event; None: it is `until` (monotonic seconds)."""
        try:
            async with asyncio.timeout_at(until):
                return await self._events.get()
        except TimeoutError:
            return None

    async def _report(self, session: SessionId) -> CallReport | None:
        """The report on the call; it is there when the sound engine has counted its stream."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIGURES_S):
                while self._device.reports.of_call(session) is None:
                    await self._events.get()
        return self._device.reports.of_call(session)

    def _explained(self, step: Step) -> Step:
        """A call that got nowhere, with what is known of the connection."""
        trouble = self._device.telephony.trouble_with(self._hosts)
        if step.failed and step.stage is Stage.ANSWER and trouble:
            return replace(step, words=f"{step.words}; {trouble}")
        return step

    def _hang_up(self, session: SessionId) -> None:
        with self._device.turn() as now, contextlib.suppress(NoSuchCall):
            self._device.calls.hang_up(session, now)
