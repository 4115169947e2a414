"""How a call goes: one table of states and steps, and how long each state may last."""

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from conf.settings import SipSettings


class CallState(enum.Enum):
    """What a call is doing."""

    IDLE = "idle"
    """There is no call yet."""
    RINGING = "ringing"
    """The caller hears ringing; nobody has answered."""
    ANNOUNCING = "announcing"
    """The announcement plays in the room; the call is answered after it."""
    CALLING = "calling"
    """The speaker calls; nobody has answered."""
    TALKING = "talking"
    """Answered: sound goes both ways."""
    ENDED = "ended"
    """Over; a call never leaves this state."""


class Step(enum.Enum):
    """What happens to a call."""

    RING = "ring"
    """A call came in and was let in."""
    ANNOUNCE = "announce"
    """The announcement starts."""
    CALL = "call"
    """Somebody here makes a call."""
    ANSWER = "answer"
    """We answer a call to us."""
    ANSWERED = "answered"
    """The peer answers a call of ours."""
    END = "end"
    """Hung up, refused, cancelled, failed or lost."""
    TIME_OUT = "time out"
    """The state has lasted as long as it may."""


class IllegalStep(Exception):
    """The program asked for a step that the call's state does not allow; nothing has changed."""


class Limit(enum.Enum):
    """The settings (of `[sip]`) that say how long a state may last."""

    INCOMING = "incoming_call_duration_s"
    OUTGOING = "calling_timeout_s"
    TALK = "end_calls_after_s"


NEXT: Final[Mapping[tuple[CallState, Step], CallState]] = MappingProxyType(
    {
        (CallState.IDLE, Step.RING): CallState.RINGING,
        (CallState.IDLE, Step.CALL): CallState.CALLING,
        (CallState.RINGING, Step.ANNOUNCE): CallState.ANNOUNCING,
        (CallState.RINGING, Step.ANSWER): CallState.TALKING,
        (CallState.RINGING, Step.END): CallState.ENDED,
        (CallState.RINGING, Step.TIME_OUT): CallState.ENDED,
        (CallState.ANNOUNCING, Step.ANSWER): CallState.TALKING,
        (CallState.ANNOUNCING, Step.END): CallState.ENDED,
        (CallState.ANNOUNCING, Step.TIME_OUT): CallState.ENDED,
        (CallState.CALLING, Step.ANSWERED): CallState.TALKING,
        (CallState.CALLING, Step.END): CallState.ENDED,
        (CallState.CALLING, Step.TIME_OUT): CallState.ENDED,
        (CallState.TALKING, Step.END): CallState.ENDED,
        (CallState.TALKING, Step.TIME_OUT): CallState.ENDED,
    }
)

LIMITS: Final[Mapping[CallState, Limit]] = MappingProxyType(
    {
        CallState.RINGING: Limit.INCOMING,
        CallState.ANNOUNCING: Limit.INCOMING,
        CallState.CALLING: Limit.OUTGOING,
        CallState.TALKING: Limit.TALK,
    }
)
"""States with the same limit share it: the time goes on when a call passes between them."""


def after(state: CallState, step: Step) -> CallState:
    """The state that `step` leads to.

    Raises:
        IllegalStep: `state` does not allow it.
    """
    if (state, step) not in NEXT:
        raise IllegalStep(f"{step.value} while {state.value}")
    return NEXT[state, step]


def limit_s(state: CallState, sip: SipSettings) -> int | None:
    """How many seconds `state` may last; None: for ever."""
    match LIMITS.get(state):
        case Limit.INCOMING:
            limit = sip.incoming_call_duration_s
        case Limit.OUTGOING:
            limit = sip.calling_timeout_s
        case Limit.TALK:
            limit = sip.end_calls_after_s
        case None:
            return None
    return limit or None


def drawn() -> str:
    """The table as Markdown: what each step leads to, and how long each state may last."""
    steps = tuple(Step)
    rows = [
        ["state", *(step.value for step in steps), "may last"],
        ["---"] * (len(steps) + 2),
    ]
    for state in CallState:
        limit = LIMITS.get(state)
        reached = [NEXT.get((state, step)) for step in steps]
        rows.append(
            [
                f"**{state.value}**",
                *("" if target is None else target.value for target in reached),
                "" if limit is None else f"`sip.{limit.value}`",
            ]
        )
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
