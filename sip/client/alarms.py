"""What is to be done later: calls with the time at which they fall due."""

from collections.abc import Callable
from typing import Generic, TypeVar

from sip.transaction.deadlines import Deadlines

EffectT = TypeVar("EffectT")


class Alarms(Generic[EffectT]):
    """One time (monotonic seconds) for each callback, which is called once with `now`.

    A callback is its own key: setting it again moves it. Of several that fall due at the very same
    time one may end what another belongs to, so each looks at its own state first.
    """

    def __init__(self) -> None:
        self._deadlines: Deadlines[Callable[[float], list[EffectT]]] = Deadlines()

    def __len__(self) -> int:
        """How many callbacks wait."""
        return len(self._deadlines)

    @property
    def next(self) -> float | None:
        """When `ring` is due, or None."""
        return self._deadlines.next

    def set(self, alarm: Callable[[float], list[EffectT]], due: float) -> None:
        """Call `alarm` at `due`, and not when it was set to before."""
        self._deadlines.set(alarm, due)

    def clear(self, alarm: Callable[[float], list[EffectT]]) -> None:
        """Do not call `alarm`; not set is no error."""
        self._deadlines.set(alarm, None)

    def ring(self, now: float) -> list[EffectT]:
        """Call whatever is due, earliest first; the effects in that order."""
        effects: list[EffectT] = []
        while (due := self._deadlines.next) is not None and due <= now:
            for alarm in self._deadlines.take_due(due):
                effects += alarm(now)
        return effects
