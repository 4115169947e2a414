"""Commands about calls, under `/api/v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from conf.accounts.role import Role
from sip.session.events import SessionId
from speaker.api.body import Body, Text
from speaker.api.errors import errors
from speaker.http.rights import needs

if TYPE_CHECKING:
    from speaker.device import Device


class NewCall(Body):
    """Whom to call."""

    uri: Annotated[Text, Field(max_length=1024, examples=["sip:desk@pbx.example", "4711"])]
    """A SIP address, or a number at the account's server."""
    account: Annotated[Text, Field(max_length=64)] | None = None
    """Id of the account to call from; the default one when absent."""


class OneCall(Body):
    """Which call is meant."""

    call: Annotated[Text, Field(max_length=256)]


class CallNamed(BaseModel):
    """The call that was meant, or has begun."""

    call: str
    """What commands name it by."""


class Digits(OneCall):
    """Which keys to press in a call."""

    digits: Annotated[Text, Field(pattern=r"^[0-9A-Da-d*#]{1,64}$", examples=["123#"])]


class Transfer(OneCall):
    """Who is to talk to the peer of the call from now on: one of these."""

    uri: Annotated[Text, Field(max_length=1024)] | None = None
    to_call: Annotated[Text, Field(max_length=256)] | None = None
    """Another call of the speaker, whose peer it is to be."""


def call_routes(device: Device) -> APIRouter:
    """Place, answer and end calls, and what is done within them."""
    router = APIRouter(prefix="/api/v1", tags=["calls"])

    @router.post("/call", responses=errors(409))
    @needs(Role.OPERATOR)
    async def call(body: NewCall) -> CallNamed:
        """Place a call."""
        return CallNamed(call=await device.dialler.call(body.uri, body.account))

    @router.post("/answer", responses=errors(404, 409))
    @needs(Role.OPERATOR)
    async def answer(body: OneCall) -> CallNamed:
        """Answer a call that rings."""
        with device.turn() as now:
            device.calls.answer(SessionId(body.call), now)
        return CallNamed(call=body.call)

    @router.post("/hang-up", responses=errors(404, 409))
    @needs(Role.OPERATOR)
    async def hang_up(body: OneCall) -> CallNamed:
        """End a call, whatever state it is in."""
        with device.turn() as now:
            device.calls.hang_up(SessionId(body.call), now)
        return CallNamed(call=body.call)

    @router.post("/hold", responses=errors(404, 409))
    @needs(Role.OPERATOR)
    async def hold(body: OneCall) -> CallNamed:
        """Put the peer on hold."""
        with device.turn() as now:
            device.calls.hold(SessionId(body.call), now, on=True)
        return CallNamed(call=body.call)

    @router.post("/resume", responses=errors(404, 409))
    @needs(Role.OPERATOR)
    async def resume(body: OneCall) -> CallNamed:
        """Talk again after a hold."""
        with device.turn() as now:
            device.calls.hold(SessionId(body.call), now, on=False)
        return CallNamed(call=body.call)

    @router.post("/digits", responses=errors(404, 409))
    @needs(Role.OPERATOR)
    async def digits(body: Digits) -> CallNamed:
        """Press keys in a call."""
        with device.turn() as now:
            device.calls.send_digits(SessionId(body.call), body.digits.upper(), now)
        return CallNamed(call=body.call)

    @router.post("/transfer", responses=errors(404, 409))
    @needs(Role.OPERATOR)
    async def transfer(body: Transfer) -> CallNamed:
        """Let the peer talk to somebody else instead of to the speaker."""
        with device.turn() as now:
            device.dialler.transfer(SessionId(body.call), body.uri, body.to_call, now)
        return CallNamed(call=body.call)

    return router
