"""The documentation of the API: the OpenAPI document, and a page of it that needs no Internet."""

from __future__ import annotations

import asyncio
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from conf.accounts.role import Role
from speaker.api.openapi import make_document
from speaker.http.rights import needs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI

    from speaker.device import Device

PATH: Final = "/api/v1/openapi.json"

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""Content-Security-Policy of the page: everything comes from the device. Swagger UI writes styles
into its elements, which is all that is let through beside."""

PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Intercom speaker: API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

START: Final = """\
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tagsSorter: null,
  validatorUrl: null,
});
"""

ASSETS: Final[Mapping[str, str]] = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
"""Files of Swagger UI, as the package `fastapi-offline` carries them."""

UNCHANGED_S: Final = 86400
"""How long a browser may keep them."""


def documentation_routes(_device: Device) -> APIRouter:
    """`/api/v1/openapi.json` and `/api/v1/docs`."""
    router = APIRouter(include_in_schema=False)
    document = b""

    @router.get(PATH)
    @needs(Role.VIEWER)
    async def openapi(request: Request) -> Response:
        nonlocal document
        if not document:  # made by a thread, and once: it takes some tenths of a second
            document = await asyncio.to_thread(_written_document, request.app)
        return Response(document, media_type="application/json")

    @router.get("/api/v1/docs")
    @needs(Role.VIEWER)
    async def page() -> HTMLResponse:
        return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})

    @router.get("/api/v1/docs/{name}")
    @needs(Role.VIEWER)
    async def asset(name: str) -> Response:
        kept = {"Cache-Control": f"private, max-age={UNCHANGED_S}"}
        if name == "start.js":
            return Response(START, media_type="text/javascript", headers=kept)
        if name not in ASSETS:
            raise HTTPException(404, f"no file {name!r}")
        # Of the package's files, not imported: nothing else of it is needed.
        file = files("fastapi_offline").joinpath("static", name)
        data = await asyncio.to_thread(file.read_bytes)
        return Response(data, media_type=ASSETS[name], headers=kept)

    return router


def _written_document(app: FastAPI) -> bytes:
    return json.dumps(make_document(app), separators=(",", ":")).encode()
