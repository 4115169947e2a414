"""The classic part of VAPIX: CGIs that are asked with arguments and answer with text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from speaker.vapix.logs import log_routes
from speaker.vapix.param_cgi import param_routes
from speaker.vapix.power import power_routes
from speaker.vapix.support import support_routes

if TYPE_CHECKING:
    from speaker.device import Device


def classic_routes(device: Device) -> APIRouter:
    """All of them."""
    router = APIRouter()
    for routes in (param_routes, power_routes, log_routes, support_routes):
        router.routes.extend(routes(device).routes)
    return router
