"""What a transaction does when only time passes."""

from typing import Protocol

from sip.transaction.effects import Effect


class Timed(Protocol):
    """Anything that waits for a deadline."""

    @property
    def deadline(self) -> float | None: ...

    def on_timer(self, now: float) -> list[Effect]: ...


def run_to_the_end(timed: Timed, *, most: int = 100) -> list[tuple[float, Effect]]:
    """Fire each deadline in turn until there is none; what was done, and when."""
    log: list[tuple[float, Effect]] = []
    for _ in range(most):
        now = timed.deadline
        if now is None:
            return log
        log += [(now, effect) for effect in timed.on_timer(now)]
    raise AssertionError(f"still waiting for {timed.deadline} after {most} deadlines")


def times(log: list[tuple[float, Effect]], effect: Effect) -> list[float]:
    """When `effect` happened."""
    return [at for at, what in log if what == effect]
