"""Commands about calls, under `/api/v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from pydantic import Field

from conf.role import Role
from sip.session.events import SessionId
from speaker.api.body import Body
from speaker.http.rights import needs

if TYPE_CHECKING:
    from speaker.device import Device


class NewCall(Body):
    """Whom to call."""

    uri: Annotated[str, Field(max_length=1024)]
    account: str | None = None
    """Id of the account to call from; the default one when absent."""


class OneCall(Body):
    """Which call is meant."""

    call: Annotated[str, Field(max_length=256)]


class Digits(OneCall):
    """Which keys to press in a call."""

    digits: Annotated[str, Field(pattern=r"^[0-9A-Da-d*#]{1,64}$")]


class Transfer(OneCall):
    """Who is to talk to the peer of the call from now on: one of these."""

    uri: Annotated[str, Field(max_length=1024)] | None = None
    to_call: Annotated[str, Field(max_length=256)] | None = None
    """Another call of the speaker, whose peer it is to be."""


def call_routes(device: Device) -> APIRouter:
    """Place, answer and end calls, and what is done within them."""
    router = APIRouter(prefix="/api/v1")

    @router.post("/call")
    @needs(Role.OPERATOR)
    async def call(body: NewCall) -> dict[str, str]:
        """Place a call."""
        return {"call": await device.call(body.uri, body.account)}

    @router.post("/answer")
    @needs(Role.OPERATOR)
    async def answer(body: OneCall) -> dict[str, str]:
        """Answer a call that rings."""
        with device.turn() as now:
            device.calls.answer(SessionId(body.call), now)
        return {"call": body.call}

    @router.post("/hang-up")
    @needs(Role.OPERATOR)
    async def hang_up(body: OneCall) -> dict[str, str]:
        """End a call, whatever state it is in."""
        with device.turn() as now:
            device.calls.hang_up(SessionId(body.call), now)
        return {"call": body.call}

    @router.post("/hold")
    @needs(Role.OPERATOR)
    async def hold(body: OneCall) -> dict[str, str]:
        """Put the peer on hold."""
        with device.turn() as now:
            device.calls.hold(SessionId(body.call), now, on=True)
        return {"call": body.call}

    @router.post("/resume")
    @needs(Role.OPERATOR)
    async def resume(body: OneCall) -> dict[str, str]:
        """Talk again after a hold."""
        with device.turn() as now:
            device.calls.hold(SessionId(body.call), now, on=False)
        return {"call": body.call}

    @router.post("/digits")
    @needs(Role.OPERATOR)
    async def digits(body: Digits) -> dict[str, str]:
        """Press keys in a call."""
        with device.turn() as now:
            device.calls.send_digits(SessionId(body.call), body.digits.upper(), now)
        return {"call": body.call}

    @router.post("/transfer")
    @needs(Role.OPERATOR)
    async def transfer(body: Transfer) -> dict[str, str]:
        """Let the peer talk to somebody else instead of to the speaker."""
        with device.turn() as now:
            device.transfer(SessionId(body.call), body.uri, body.to_call, now)
        return {"call": body.call}

    return router
