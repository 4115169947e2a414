"""What the device is now: `GET /api/v1/state`, and its calls alone: `GET /api/v1/calls`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from conf.accounts.role import Role
from media.engine.engine import EngineFigures
from speaker.calls.call import CallerShown
from speaker.events import Value
from speaker.http.rights import needs

if TYPE_CHECKING:
    from speaker.device import Device


class Described(BaseModel):
    """A part of an answer: what it means stands below each of its names."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class DeviceShown(Described):
    """Which device this is."""

    name: str = Field(examples=["Front door"])
    """`device.name`."""
    serial: str = Field(examples=["0ABD4711C345"])
    version: str = Field(examples=["0.1.0"])
    """Of the program."""


class Boot(Described):
    """The run of the device that goes on."""

    id: str
    """Another one after each start."""
    started_at: AwareDatetime
    uptime_s: int


class AccountShown(Described):
    """One of `[[sip.accounts]]`, without what is private of it."""

    id: str
    name: str
    active: bool
    default: bool


class ConditionShown(Described):
    """One condition, as rules and other listeners see it; further names are its attributes."""

    model_config = ConfigDict(extra="allow")

    name: str = Field(examples=["sip.registration"])
    of: str = Field(examples=["peer_to_peer"])
    """Which one, where there are several: an account's id, a source's label; else empty."""
    value: Value = Field(examples=["registered"])


class CallShown(Described):
    """A call that has not ended."""

    call: str
    """What commands name it by."""
    state: Literal["idle", "ringing", "announcing", "talking", "calling", "ended"]
    account: str
    """Id of the account whose call it is."""
    peer: str = Field(examples=["sip:desk@pbx.example"])
    """Who is on the other side."""
    caller: CallerShown | None
    """Who calls, as far as it is told; null: the speaker does."""
    codec: str | None = Field(examples=["opus"])
    """Null: none is agreed on yet."""


class ProcessShown(Described):
    """What must not grow: both come back to what they were when nothing has happened for long."""

    tasks: int
    remembered: int
    """What SIP remembers."""


class State(Described):
    """Every condition of the device, its calls, and its figures."""

    device: DeviceShown
    boot: Boot
    accounts: list[AccountShown]
    conditions: list[ConditionShown]
    calls: list[CallShown]
    """The oldest first."""
    sip: dict[str, int]
    """What SIP has carried and dropped since the start."""
    engine: EngineFigures
    """How the sound engine does."""
    process: ProcessShown


class Calls(Described):
    """The calls that are up."""

    calls: list[CallShown]
    """The oldest first."""


def state_routes(device: Device) -> APIRouter:
    """What is, without changing anything. Asked for often: the answers are not built twice."""
    router = APIRouter(prefix="/api/v1", tags=["state"])

    @router.get("/state", response_model=State)
    @needs(Role.VIEWER)
    async def state() -> Response:
        """Every condition of the device, its calls, and the figures of its sound engine."""
        return JSONResponse(device.state())

    @router.get("/calls", response_model=Calls)
    @needs(Role.VIEWER)
    async def calls() -> Response:
        """The calls that are up."""
        return JSONResponse({"calls": device.state()["calls"]})

    return router
