"""The life of a registration: what may happen when, as one table."""

import enum
from typing import Final

from sip.account import RegistrationState
from sip.errors import IllegalStep


class Step(enum.Enum):
    """What may happen to the registration of an account."""

    START = "being switched on"
    ACCEPTED = "a 2xx of the primary server"
    STOOD_IN = "a 2xx of the secondary server"
    FAILED = "the failure of every server"
    REFUSED = "a refusal for good"
    STOP = "being switched off"
    GONE = "the end of the last registration"


_State = RegistrationState

NEXT: Final = {
    (_State.UNREGISTERED, Step.START): _State.REGISTERING,
    (_State.REGISTERING, Step.ACCEPTED): _State.REGISTERED,
    (_State.REGISTERING, Step.STOOD_IN): _State.SECONDARY,
    (_State.REGISTERING, Step.FAILED): _State.WAITING,
    (_State.REGISTERING, Step.REFUSED): _State.REFUSED,
    (_State.REGISTERING, Step.STOP): _State.UNREGISTERING,
    (_State.REGISTERED, Step.ACCEPTED): _State.REGISTERED,
    (_State.REGISTERED, Step.STOOD_IN): _State.SECONDARY,
    (_State.REGISTERED, Step.FAILED): _State.WAITING,
    (_State.REGISTERED, Step.REFUSED): _State.REFUSED,
    (_State.REGISTERED, Step.STOP): _State.UNREGISTERING,
    (_State.SECONDARY, Step.ACCEPTED): _State.REGISTERED,
    (_State.SECONDARY, Step.STOOD_IN): _State.SECONDARY,
    (_State.SECONDARY, Step.FAILED): _State.WAITING,
    (_State.SECONDARY, Step.REFUSED): _State.REFUSED,
    (_State.SECONDARY, Step.STOP): _State.UNREGISTERING,
    (_State.WAITING, Step.ACCEPTED): _State.REGISTERED,
    (_State.WAITING, Step.STOOD_IN): _State.SECONDARY,
    (_State.WAITING, Step.FAILED): _State.WAITING,
    (_State.WAITING, Step.REFUSED): _State.REFUSED,
    (_State.WAITING, Step.STOP): _State.UNREGISTERING,
    (_State.REFUSED, Step.STOP): _State.UNREGISTERING,
    (_State.UNREGISTERING, Step.GONE): _State.UNREGISTERED,
}


def after(state: RegistrationState, step: Step) -> RegistrationState:
    """The state that `step` leads to.

    Raises:
        IllegalStep: the step makes no sense in `state`.
    """
    following = NEXT.get((state, step))
    if following is None:
        raise IllegalStep(f"{step.value} while the account is {state.value}")
    return following
