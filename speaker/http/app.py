"""The application of the HTTP interface: its routes, its guard, and its errors in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from speaker.api.errors import handle_errors
from speaker.api.setting_changes import Entrance
from speaker.api.settings import setting_routes
from speaker.http.gate import Gate
from speaker.http.headers import SecurityHeaders
from speaker.http.routes import ROUTES
from speaker.metrics.request_count import RequestCount
from speaker.vapix.aliases import Aliases
from speaker.vapix.arguments import BadArguments, answer_bad_arguments

if TYPE_CHECKING:
    from speaker.device import Device


def make_app(device: Device) -> FastAPI:
    """The application, wired to a running device."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Gate, logins=device.logins)
    app.add_middleware(Aliases)
    app.add_middleware(
        SecurityHeaders, hsts_s=lambda: device.settings.http.strict_transport_security_s
    )
    app.add_middleware(RequestCount, on_answer=device.tally.on_answer)  # the last is passed first
    handle_errors(app)
    app.add_exception_handler(BadArguments, answer_bad_arguments)
    for routes in ROUTES:
        # Side by side and not as routers within the application: the gate looks a route up.
        app.router.routes.extend(routes(device).routes)
    app.state.entrance = Entrance(device)
    app.router.routes.extend(setting_routes().routes)
    return app
