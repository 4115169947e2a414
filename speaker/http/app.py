"""The routes under `/api/v1`, and the two health checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from sip.errors import MalformedUri, MisuseError
from sip.session.events import SessionId
from sip.syntax.uri import SipUri, parse_uri
from speaker.call_book import CallRefused, NoSuchCall
from speaker.call_state import IllegalStep
from speaker.http.guard import LocalOnly

if TYPE_CHECKING:
    from speaker.device import Device


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewCall(_Body):
    """Whom to call."""

    uri: Annotated[str, Field(max_length=1024)]
    account: str | None = None
    """Id of the account to call from; the default one when absent."""


class OneCall(_Body):
    """Which call is meant."""

    call: Annotated[str, Field(max_length=256)]


class Digits(OneCall):
    """Which keys to press in a call."""

    digits: Annotated[str, Field(pattern=r"^[0-9A-Da-d*#]{1,64}$")]


def make_app(device: Device) -> FastAPI:
    """The application, wired to a running device."""
    app = FastAPI(
        title="Intercom speaker", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json"
    )
    app.add_middleware(LocalOnly)
    app.add_exception_handler(RequestValidationError, _answer_with(422))
    app.add_exception_handler(NoSuchCall, _answer_with(404))
    app.add_exception_handler(CallRefused, _answer_with(409))
    app.add_exception_handler(IllegalStep, _answer_with(409))
    app.add_exception_handler(MisuseError, _answer_with(409))
    app.add_exception_handler(MalformedUri, _answer_with(422))

    @app.get("/healthz")
    async def health() -> dict[str, str]:
        """Answered whenever the process is alive."""
        return {"status": "alive"}

    @app.get("/readyz")
    async def ready() -> JSONResponse:
        """200 when the device takes calls, else 503."""
        is_ready = bool(device.bus.value("device.ready"))
        return JSONResponse({"ready": is_ready}, status_code=200 if is_ready else 503)

    @app.get("/api/v1/state")
    async def state() -> dict[str, Any]:
        """Every condition of the device, its calls, and the figures of its sound engine."""
        return device.state()

    @app.post("/api/v1/call")
    async def call(body: NewCall) -> dict[str, str]:
        """Place a call."""
        target = parse_uri(body.uri)
        if not isinstance(target, SipUri):
            raise MalformedUri(f"{body.uri!r} is not a sip: URI")
        return {"call": await device.call(target, body.account)}

    @app.post("/api/v1/answer")
    async def answer(body: OneCall) -> dict[str, str]:
        """Answer a call that rings."""
        with device.turn() as now:
            device.calls.answer(SessionId(body.call), now)
        return {"call": body.call}

    @app.post("/api/v1/hang-up")
    async def hang_up(body: OneCall) -> dict[str, str]:
        """End a call, whatever state it is in."""
        with device.turn() as now:
            device.calls.hang_up(SessionId(body.call), now)
        return {"call": body.call}

    @app.post("/api/v1/hold")
    async def hold(body: OneCall) -> dict[str, str]:
        """Put the peer on hold."""
        with device.turn() as now:
            device.calls.hold(SessionId(body.call), now, on=True)
        return {"call": body.call}

    @app.post("/api/v1/resume")
    async def resume(body: OneCall) -> dict[str, str]:
        """Talk again after a hold."""
        with device.turn() as now:
            device.calls.hold(SessionId(body.call), now, on=False)
        return {"call": body.call}

    @app.post("/api/v1/digits")
    async def digits(body: Digits) -> dict[str, str]:
        """Press keys in a call."""
        with device.turn() as now:
            device.calls.send_digits(SessionId(body.call), body.digits.upper(), now)
        return {"call": body.call}

    return app


def _answer_with(code: int) -> Any:
    async def handler(_request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": _sentence(error)}, status_code=code)

    return handler


def _sentence(error: Exception) -> str:
    """What is wrong, in words. What was sent is not repeated: it need not even be text."""
    if not isinstance(error, RequestValidationError):
        return str(error)
    found = [(".".join(map(str, each["loc"][1:])), each["msg"]) for each in error.errors()]
    return "; ".join(f"{key}: {message}" for key, message in found)
