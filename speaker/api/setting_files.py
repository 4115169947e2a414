"""All settings at once: what they may be, which are fixed, as a file, and tried beforehand."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import Field, JsonValue

from conf.accounts.role import Role
from conf.settings_schema import change_of, settings_schema
from conf.tables.toml import LARGEST_FILE
from speaker.api.body import Body, Text
from speaker.api.errors import errors
from speaker.api.openapi import BODY, RESULT, ref
from speaker.api.setting_changes import Here, shown
from speaker.api.state import Described
from speaker.http.rights import LONG_BODY_LIMIT, body_limit, needs

FILE_NAME: Final = "speaker-settings.toml"

LARGEST_BODY: Final = 2 * LARGEST_FILE
"""Octets: as JSON a file is longer."""

Password = Annotated[Text, Field(max_length=128, json_schema_extra={"format": "password"})]


class Export(Body):
    """How settings are to be written down."""

    password: Password | None = None
    """Encrypts the secrets; without one they are left out. At least 8 characters."""


class Import(Body):
    """Settings that were written down."""

    toml: Annotated[Text, Field(max_length=LARGEST_FILE, examples=["[sip]\nport = 5070\n"])]
    """What an export gave, or a part of it."""
    password: Password | None = None
    """The one of the export, where its secrets are encrypted."""
    keep_accounts: bool = False
    """Leave accounts and tokens as they are, whatever the export says of them."""


class FixedShown(Described):
    """What cannot be changed over HTTP."""

    fixed: dict[str, str] = Field(examples=[{"sip.port": "--sip-port"}])
    """Keys of settings, and what decides them instead."""
    lost_secrets: list[str]
    """Secrets that nobody can read any more, as the key file was lost: they have to be set anew."""


class Checked(Described):
    """Nothing is wrong with a change."""

    ok: bool


def add_file_routes(router: APIRouter) -> None:
    """Beside the sections; no section has one of these names."""
    _told(router)
    _as_file(router)

    @router.post("/check", openapi_extra={BODY: ref(change_of("Settings"))}, responses=errors(409))
    @needs(Role.OPERATOR)
    @body_limit(LONG_BODY_LIMIT)
    async def check_settings(entrance: Here, body: dict[str, JsonValue]) -> Checked:
        """Say what would be wrong with a change, and change nothing."""
        await entrance.check(body)
        return Checked(ok=True)


def _told(router: APIRouter) -> None:
    @router.get("/schema")
    @needs(Role.VIEWER)
    async def get_settings_schema() -> dict[str, Any]:
        """JSON Schema of all settings: types, ranges, meanings, and `x-unit` and `x-allowed`."""
        return settings_schema()

    @router.get("/fixed", response_model=FixedShown)
    @needs(Role.OPERATOR)
    async def get_fixed_settings(entrance: Here) -> Response:
        """What the command line has fixed."""
        return JSONResponse({"fixed": entrance.fixed, "lost_secrets": entrance.lost_secrets})


def _as_file(router: APIRouter) -> None:
    @router.post(
        "/export",
        response_class=PlainTextResponse,
        responses={
            200: {
                "description": "TOML.",
                "content": {"text/plain": {"example": "[sip]\nport = 5070\n"}},
            }
        },
    )
    @needs(Role.ADMINISTRATOR)
    async def export_settings(entrance: Here, request: Request, body: Export) -> Response:
        """All settings that are not as they were delivered, with accounts and tokens."""
        text = await entrance.export(request, body.password)
        disposition = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
        return PlainTextResponse(text, headers=disposition)

    @router.post(
        "/import",
        responses=errors(409, 503),
        openapi_extra={RESULT: ref("Settings")},
        response_class=Response,
    )
    @needs(Role.ADMINISTRATOR)
    @body_limit(LARGEST_BODY)
    async def import_settings(entrance: Here, request: Request, body: Import) -> Response:
        """Put what was exported in the place of all settings, accounts and tokens."""
        settings = await entrance.restore(
            request, body.toml, body.password, keeps_logins=body.keep_accounts
        )
        return entrance.answer(settings, shown(settings))
