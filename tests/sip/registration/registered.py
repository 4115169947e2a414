"""An account that has just been registered, and when it sends what."""

from itertools import pairwise
from typing import Unpack

from sip.account import RegistrationState as S
from sip.syntax.message import Request
from tests.sip.town import Server, Settings, Town, account


def registered(pbx: Server, **changes: Unpack[Settings]) -> Town:
    """A town in which the account has just been registered."""
    town = Town(pbx)
    town.add(account(**changes))
    town.run()
    assert town.states == [S.REGISTERING, S.REGISTERED]
    return town


def moments(town: Town, method: str = "REGISTER") -> list[float]:
    """When requests of a method were sent."""
    return [
        at
        for at, send in town.sent
        if isinstance(send.message, Request) and send.message.method == method
    ]


def between(times: list[float]) -> list[float]:
    """The gaps."""
    return [later - before for before, later in pairwise(times)]
