"""A change of settings, as the parts of the device meet it: tried first, then taken or let go.

Before a change is written, each part is asked to prepare for it: to open the new port, to decode
the clip that is named now, to read the certificate. If one of them cannot, the change is refused,
and everything goes on as it was. Once the change is on the disk, all parts take what they have
prepared; that cannot fail any more. A start is a change from nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from conf.validation.problem import BadSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from conf.settings import Settings
    from conf.validation.problem import Problem

ResultT = TypeVar("ResultT")


class Unavailable(BadSettings):
    """The settings are in order, but the system does not have what they name: a port is taken.

    As text it is one sentence, for the person who starts the device.
    """

    def __init__(self, problems: Sequence[Problem], sentence: str) -> None:
        super().__init__(problems)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


class OffLoop(Protocol):
    """Runs a function on a thread that no change of settings waits on."""

    def __call__(self, function: Callable[[], ResultT], /) -> Awaitable[ResultT]:
        """What the function returns."""


@dataclass(frozen=True, slots=True)
class Change:
    """From one state of the settings to the next."""

    old: Settings | None
    """None: the device starts."""
    new: Settings
    off_loop: OffLoop
    """For what takes longer than the loop may stand still: `await change.off_loop(decode)`."""

    def concerns(self, *views: Callable[[Settings], object]) -> bool:
        """Whether any of these is another than it was; at the start everything is."""
        old = self.old
        return old is None or any(view(old) != view(self.new) for view in views)


def _nothing() -> None:
    """There is nothing to give back."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a part has ready: exactly one of the two is called, on the main loop."""

    apply: Callable[[float], None]
    """Take it; told `now`, in monotonic seconds. Does not fail because of the settings."""
    abandon: Callable[[], None] = _nothing
    """The change does not come: give back what was opened."""


NOTHING: Final = Prepared(lambda _now: None)


class Part(Protocol):
    """A part of the device that takes settings anew while it runs."""

    async def prepare(self, change: Change) -> Prepared:
        """Try what the change needs, with what there is now untouched.

        Raises:
            BadSettings: it cannot be done, by the key of the setting that asks for it.
        """
