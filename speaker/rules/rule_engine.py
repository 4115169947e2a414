"""The rule engine: an event goes in, the actions to take come out, each in its time.

How a rule behaves:

- With an `event` entry it starts when that happening arrives while all its conditions hold.
- With conditions only it starts when they come to hold all together: the moment the last one
  becomes true. It starts again only after one of them has ceased to hold. Conditions that already
  hold when the engine first hears of them count as having just become true.
- A condition of which there are several (one for each account or source) holds when any of them
  has the value and the attributes asked for.
- Its actions follow each other with `wait_between_actions_s` between them, and the rule runs until
  that time after its last action. While it runs it cannot be started, and what would have started
  it is not made up for afterwards. Actions that are still to come are taken even if the conditions
  no longer hold.
- New rules take the place of the old ones while these run. A rule that is the same in every setting
  goes on as it is, its waits and the actions still to come included; of all others nothing is left.
- Rules do not see one another. Those started by one event act in the order of the settings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conf.sections.rules import Happens, Holds, RuleAction, RuleSettings
from speaker.events import Condition, Event, Gone, Happening, Value


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do now."""

    rule: str
    """Name of the rule that wants it."""
    does: RuleAction
    cause: Event
    """What started the rule; its attributes tell which call or account that concerned."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One entry of a rule's conditions, ready to be compared."""

    name: str
    attributes: Mapping[str, Value]
    value: Value | None = None
    """What a condition must be; None for a happening."""

    def matches(self, event: Event) -> bool:
        if event.name != self.name:
            return False
        match event:
            case Happening():
                right_kind = self.value is None
            case Condition(value=value):
                right_kind = self.value is not None and _same(value, self.value)
            case Gone():
                right_kind = False
        return right_kind and all(
            name in event.attributes and _same(event.attributes[name], value)
            for name, value in self.attributes.items()
        )


@dataclass(slots=True)
class _Rule:
    """A rule and how far it is."""

    settings: RuleSettings
    event: _Wanted | None
    conditions: tuple[_Wanted, ...]
    held: bool = False
    """All conditions held when they were last looked at."""
    left: list[Action] = field(default_factory=list)
    """Actions still to come, the next one first."""
    next_at: float | None = None
    """When the next action is due or, after the last one, the rule ends; None: not running."""

    @classmethod
    def of(cls, settings: RuleSettings) -> "_Rule":
        entries = settings.conditions
        events = [_Wanted(e.event, e.attributes()) for e in entries if isinstance(e, Happens)]
        conditions = [
            _Wanted(e.condition, e.attributes(), e.is_) for e in entries if isinstance(e, Holds)
        ]
        # The settings allow one event at most.
        return cls(settings, events[0] if events else None, tuple(conditions), held=not conditions)

    def start(self, cause: Event, now: float) -> None:
        self.left = [Action(self.settings.name, does, cause) for does in self.settings.action]
        self.next_at = now

    def advance(self, now: float) -> list[Action]:
        """Take the actions that are due by `now`; end the rule when its last wait is over.

        The waits count from when an action is taken: a late timer never brings two together.
        """
        taken: list[Action] = []
        while self.next_at is not None and self.next_at <= now:
            if self.left:
                taken.append(self.left.pop(0))
                self.next_at = now + self.settings.wait_between_actions_s
            else:
                self.next_at = None
        return taken


class RuleEngine:
    """Decides when which rule acts. Carries nothing out, reads no clock: `now` is in seconds."""

    def __init__(self, rules: Sequence[RuleSettings]) -> None:
        self._rules = [_Rule.of(settings) for settings in rules if settings.enabled]
        self._conditions: dict[str, dict[str, Condition]] = {}
        """By name, then by what tells several of a name apart."""

    def replace(self, rules: Sequence[RuleSettings], now: float) -> list[Action]:
        """Go by these rules from now on; the actions of those whose conditions hold already."""
        before = {rule.settings: rule for rule in self._rules}
        self._rules = [
            before.get(settings) or _Rule.of(settings) for settings in rules if settings.enabled
        ]
        for rule in self._rules:
            if rule.settings in before or not rule.conditions:
                continue
            rule.held = all(self._holds(wanted) for wanted in rule.conditions)
            if rule.held and rule.event is None:
                rule.start(self._cause(rule), now)
        return self.on_timer(now)

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is next to be called; None: not before another event."""
        return min((rule.next_at for rule in self._rules if rule.next_at is not None), default=None)

    def on_event(self, event: Event, now: float) -> list[Action]:
        """The actions that `event` makes due at once, in order."""
        actions = self.on_timer(now)
        match event:
            case Condition():
                self._conditions.setdefault(event.name, {})[event.of] = event
            case Gone():
                self._conditions.get(event.name, {}).pop(event.of, None)
            case Happening():
                pass
        for rule in self._rules:
            if self._starts(rule, event) and rule.next_at is None:
                rule.start(event, now)
                actions += rule.advance(now)
        return actions

    def on_timer(self, now: float) -> list[Action]:
        """The actions that have become due by `now`, in order."""
        return [action for rule in self._rules for action in rule.advance(now)]

    def _starts(self, rule: _Rule, event: Event) -> bool:
        held = rule.held
        if any(wanted.name == event.name for wanted in rule.conditions):
            rule.held = all(self._holds(wanted) for wanted in rule.conditions)
        if rule.event is not None:
            return rule.held and rule.event.matches(event)
        return rule.held and not held

    def _holds(self, wanted: _Wanted) -> bool:
        return any(map(wanted.matches, self._conditions.get(wanted.name, {}).values()))

    def _cause(self, rule: _Rule) -> Condition:
        """The condition that a rule without an event reacts to when it comes into being."""
        wanted = rule.conditions[-1]
        return next(filter(wanted.matches, self._conditions[wanted.name].values()))


def _same(one: Value, other: Value) -> bool:
    """Equal as TOML sees it, where `true` is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)
