"""Lets the rules hear the bus, and does what they say."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

import structlog

from conf.sections.notify import Notify
from conf.sections.rules import HangUp, PlayClip, Speak, StopClip
from sip.session.events import SessionId
from speaker.calls.call_book import NoSuchCall
from speaker.change import NOTHING, Prepared
from speaker.sound.clip_player import CANNOT_PLAY
from speaker.sound.priorities import CLIP
from speaker.sound.speech import Spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conf.sections.rules import RuleSettings
    from speaker.calls.controller import CallController
    from speaker.change import Change
    from speaker.events import Bus, Event
    from speaker.rules.rule_engine import Action, RuleEngine
    from speaker.sound.clip_player import ClipPlayer

log = structlog.get_logger(__name__)


class RuleRunner:
    """The hands of the rule engine."""

    def __init__(
        self,
        rules: RuleEngine,
        bus: Bus,
        *,
        calls: CallController,
        player: ClipPlayer,
        notify: Callable[[Notify, Event, str, float], None],
        speak: Callable[[Spoken, Callable[[str], None]], None],
        clock: Callable[[], float],
    ) -> None:
        """`clock` tells monotonic seconds: a bus event carries no time of its own.

        `speak` speaks a text, and tells later if it cannot. `notify` tells a recipient, because of
        an event, in the name of a rule, now.
        """
        self._rules = rules
        self._calls = calls
        self._player = player
        self._notify = notify
        self._speak = speak
        self._clock = clock
        self._due: deque[Action] = deque()
        self._due_at: float | None = None
        bus.listen(self._on_event)

    async def prepare(self, change: Change) -> Prepared:
        """See `Part.prepare`."""
        if not change.concerns(lambda settings: settings.rules):
            return NOTHING
        return Prepared(lambda now: self._replace(change.new.rules, now))

    def _replace(self, rules: Sequence[RuleSettings], now: float) -> None:
        kept = {rule.name for rule in rules if rule.enabled}
        self._due = deque(action for action in self._due if action.rule in kept)
        self._due.extend(self._rules.replace(rules, now))
        if self._due and self._due_at is None:
            self._due_at = now

    @property
    def deadline(self) -> float | None:
        """When `on_timer` wants to be called: at once while actions wait."""
        return self._rules.deadline if self._due_at is None else self._due_at

    def on_timer(self, now: float) -> None:
        """Do what is due."""
        self._due.extend(self._rules.on_timer(now))
        while self._due:
            self._carry_out(self._due.popleft(), now)
        self._due_at = None

    def _on_event(self, event: Event) -> None:
        """Note what the rules want.

        It is done when the part that told the event has finished its work, never amid it.
        """
        now = self._clock()
        self._due.extend(self._rules.on_event(event, now))
        if self._due and self._due_at is None:
            self._due_at = now

    def _carry_out(self, action: Action, now: float) -> None:
        log.info("rule acts", rule=action.rule, does=action.does.type)
        match action.does:
            case PlayClip(clip=clip, volume_db=volume_db, repeat=repeat):
                self._play(action.rule, clip, gain_db=volume_db, repeat=repeat)
            case Speak(text=text, voice=voice, volume_db=volume_db, repeat=repeat):
                spoken = Spoken(text=text, voice=voice, gain_db=volume_db, repeat=repeat)
                self._speak(spoken, partial(_cannot_act, action.rule))
            case StopClip(clip=clip):
                self._player.stop_named(clip)
            case HangUp():
                self._hang_up(action, now)
            case Notify():
                self._notify(action.does, action.cause, action.rule, now)

    def _play(self, rule: str, clip: str, *, gain_db: float, repeat: int) -> None:
        try:
            self._player.play(clip, CLIP, gain_db=gain_db, repeat=repeat)
        except CANNOT_PLAY as error:
            _cannot_act(rule, str(error))

    def _hang_up(self, action: Action, now: float) -> None:
        """End the call that the rule reacts to; every call when it reacts to none."""
        session = action.cause.attributes.get("call")
        if session is None:
            self._calls.hang_up_all(now)
            return
        try:
            self._calls.hang_up(SessionId(str(session)), now)
        except NoSuchCall:
            log.info("rule finds its call gone", rule=action.rule)


def _cannot_act(rule: str, why: str) -> None:
    log.warning("rule cannot act", rule=rule, why=why)
