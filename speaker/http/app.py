"""The application of the HTTP interface: its routes, its guard, and its errors in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from conf.certificates.folder import CertificateError
from conf.certificates.library import CertificateExists, CertificateInUse, NoSuchCertificate
from sip.errors import MalformedUri, MisuseError
from speaker.api.calls import call_routes
from speaker.api.certificates import certificate_routes
from speaker.api.health import health_routes
from speaker.api.reports import report_routes
from speaker.api.trial import trial_routes
from speaker.calls.call_book import CallRefused, NoSuchCall
from speaker.calls.call_state import IllegalStep
from speaker.http.gate import Gate
from speaker.http.headers import SecurityHeaders
from speaker.vapix.aliases import Aliases
from speaker.vapix.arguments import BadArguments, answer_bad_arguments

if TYPE_CHECKING:
    from speaker.device import Device

ANSWERS: dict[type[Exception], int] = {
    RequestValidationError: 422,
    NoSuchCall: 404,
    NoSuchCertificate: 404,
    CertificateExists: 409,
    CertificateInUse: 409,
    CertificateError: 422,
    CallRefused: 409,
    IllegalStep: 409,
    MisuseError: 409,
    MalformedUri: 422,
}
"""The status that tells of each error."""


def make_app(device: Device) -> FastAPI:
    """The application, wired to a running device."""
    app = FastAPI(
        title="Intercom speaker", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json"
    )
    app.add_middleware(Gate, local_token=device.local_token)
    app.add_middleware(Aliases)
    app.add_middleware(
        SecurityHeaders, hsts_s=lambda: device.settings.http.strict_transport_security_s
    )  # the last one is passed first
    app.add_exception_handler(BadArguments, answer_bad_arguments)
    for error, status in ANSWERS.items():
        app.add_exception_handler(error, _answer_with(status))
    for routes in (health_routes, call_routes, certificate_routes, report_routes, trial_routes):
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
