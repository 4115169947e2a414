"""The timetable of a call: what the phone does how long after the answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from tools.phone.orders import TalkOrder

PAUSE = ","
"""Among keys, as in the dial strings of modems: wait before the next."""

PAUSE_S = 2.0

KEY_S = 0.25
"""What one key takes until the next can be pressed; a pause begins after it."""


class Action(Enum):
    """Something the phone does during a call."""

    PRESS_KEYS = "press keys"
    HOLD = "hold"
    RESUME = "resume"
    CHANGE_CODEC = "change codec"
    REFER = "refer"
    HANG_UP = "hang up"


@dataclass(frozen=True, slots=True)
class Step:
    """One action and its time, in seconds after the answer."""

    at_s: float
    action: Action
    keys: str = ""
    """What to press, one after the other; empty for other actions."""


class Script:
    """The steps of one call, each given out once, in the order of their times."""

    def __init__(self, talk: TalkOrder) -> None:
        times = {
            Action.HOLD: talk.hold_at_s,
            Action.RESUME: talk.resume_at_s,
            Action.CHANGE_CODEC: talk.change_codec_at_s,
            Action.REFER: talk.refer_at_s,
            Action.HANG_UP: talk.duration_s,
        }
        steps = [Step(at_s, action) for action, at_s in times.items() if at_s is not None]
        steps += _presses(talk.dtmf, talk.dtmf_delay_s)
        self._steps = sorted(steps, key=lambda step: step.at_s)

    def due(self, elapsed_s: float) -> list[Step]:
        """The steps whose time has come and that were not given out before."""
        ready = [step for step in self._steps if step.at_s <= elapsed_s]
        del self._steps[: len(ready)]
        return ready


def _presses(dial_string: str, at_s: float) -> Iterator[Step]:
    """A step for each run of keys between pauses."""
    for run in dial_string.split(PAUSE):
        if run:
            yield Step(at_s, Action.PRESS_KEYS, run)
        at_s += len(run) * KEY_S + PAUSE_S
