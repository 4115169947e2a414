"""The application of the HTTP interface: its routes, its guard, and its errors in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from speaker.api.calls import call_routes
from speaker.api.certificates import certificate_routes
from speaker.api.documentation import documentation_routes
from speaker.api.errors import handle_errors
from speaker.api.health import health_routes
from speaker.api.log import log_routes
from speaker.api.metrics import metric_routes
from speaker.api.reports import report_routes
from speaker.api.settings import setting_routes
from speaker.api.state import state_routes
from speaker.api.trial import trial_routes
from speaker.api.triggers import trigger_routes
from speaker.http.gate import Gate
from speaker.http.headers import SecurityHeaders
from speaker.metrics.request_count import RequestCount
from speaker.vapix.aliases import Aliases
from speaker.vapix.arguments import BadArguments, answer_bad_arguments

if TYPE_CHECKING:
    from speaker.device import Device

ROUTES = (
    call_routes,
    trial_routes,
    trigger_routes,
    state_routes,
    report_routes,
    setting_routes,
    certificate_routes,
    log_routes,
    health_routes,
    metric_routes,
    documentation_routes,
)
"""What each subject adds, in the order in which the documentation shows them."""


def make_app(device: Device) -> FastAPI:
    """The application, wired to a running device."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Gate, local_token=device.local_token)
    handle_errors(app)
    app.add_middleware(Aliases)
    app.add_middleware(
        SecurityHeaders, hsts_s=lambda: device.settings.http.strict_transport_security_s
    )
    app.add_middleware(RequestCount, on_answer=device.tally.on_answer)  # the last is passed first
    app.add_exception_handler(BadArguments, answer_bad_arguments)
    for routes in ROUTES:
        # Side by side and not as routers within the application: the gate looks a route up.
        app.router.routes.extend(routes(device).routes)
    return app
