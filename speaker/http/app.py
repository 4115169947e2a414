"""The application of the HTTP interface: its routes, its guard, and its errors in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from speaker.http.error_status import STATUS
from speaker.http.gate import Gate
from speaker.http.headers import SecurityHeaders
from speaker.http.routes import ROUTES
from speaker.vapix.aliases import Aliases
from speaker.vapix.arguments import BadArguments, answer_bad_arguments

if TYPE_CHECKING:
    from speaker.device import Device


def make_app(device: Device) -> FastAPI:
    """The application, wired to a running device."""
    app = FastAPI(
        title="Intercom speaker", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json"
    )
    app.add_middleware(Gate, logins=device.logins)
    app.add_middleware(Aliases)
    app.add_middleware(
        SecurityHeaders, hsts_s=lambda: device.settings.http.strict_transport_security_s
    )  # the last one is passed first
    app.add_exception_handler(BadArguments, answer_bad_arguments)
    for error, status in STATUS.items():
        app.add_exception_handler(error, _answer_with(status))
    for routes in ROUTES:
        # Side by side and not as routers within the application: the gate looks a route up.
        app.router.routes.extend(routes(device).routes)
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
