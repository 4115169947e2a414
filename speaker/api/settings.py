"""Settings by section: `GET`, `PATCH` and `PUT /api/v1/settings/{section}`.

A route for each table and each list that there is, made from the models: so every one has its own
role and its own schema. They are made once for the process, and find the device by the application
that they answer for: there are 75, nearly half of what FastAPI has to look into.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import JsonValue

from conf.accounts.role import Role
from conf.settings_schema import change_of
from conf.tables.plain import nested
from conf.tables.setting_places import ListPlace, TablePlace, places
from speaker.api.errors import errors
from speaker.api.openapi import BODY, RESULT, ref
from speaker.api.setting_changes import Here, IfMatch, part_of, shown
from speaker.api.setting_entries import add_entry_routes
from speaker.api.setting_files import add_file_routes
from speaker.http.rights import LONG_BODY_LIMIT, body_limit, needs

if TYPE_CHECKING:
    from conf.tables.setting_places import Place
    from speaker.api.setting_changes import Entrance

PREFIX: Final = "/api/v1/settings"

OPERATORS: Final = frozenset(
    {
        "announcement",
        "audio",
        "clip_library",
        "clips",
        "http_audio",
        "multicast",
        "rules",
        "sip",
        "sound_detection",
        "speech",
    }
)
"""The sections that operators may change. Those of the system are for administrators, and so is
whom the speaker asks (`recipients`, `global_proxies`), and whatever nobody has thought of here.
Operators see all of them; viewers see none: the state tells them what they need to know."""

REFUSALS: Final = (409, 412, 503)
"""What a change may meet beside being wrong: it is fixed, others were faster, the disk is full."""


def role_to_change(place: Place) -> Role:
    """Who may change what is there."""
    return Role.OPERATOR if place.path[0] in OPERATORS else Role.ADMINISTRATOR


@cache
def setting_routes() -> APIRouter:
    """All settings, each table, each list, and each entry of the lists."""
    router = APIRouter(prefix=PREFIX, tags=["settings"])
    add_file_routes(router)
    _whole(router)
    for place in places():
        _read(router, place)
        _replace(router, place)
        if isinstance(place, TablePlace):
            _change(router, place)
        else:
            add_entry_routes(router, place, role_to_change(place))
    return router


def _whole(router: APIRouter) -> None:
    @router.get(
        "", name="get_settings", openapi_extra={RESULT: ref("Settings")}, response_class=Response
    )
    @needs(Role.OPERATOR)
    async def read(entrance: Here) -> Response:
        """All settings that count now; a secret that is set is told as `(hidden)`."""
        settings = entrance.settings
        return entrance.answer(settings, shown(settings))

    @router.patch(
        "",
        name="change_settings",
        responses=errors(*REFUSALS),
        openapi_extra={BODY: ref(change_of("Settings")), RESULT: ref("Settings")},
        response_class=Response,
    )
    @needs(Role.ADMINISTRATOR)
    @body_limit(LONG_BODY_LIMIT)
    async def change(
        entrance: Here, request: Request, body: dict[str, JsonValue], if_match: IfMatch = None
    ) -> Response:
        """Change settings of any sections at once, all or none of them.

        What is left out stays; null gives a setting its default; a list is replaced as a whole.
        """
        settings = await entrance.change(request, body, entrance.expected(if_match))
        return entrance.answer(settings, shown(settings))


def _read(router: APIRouter, place: Place) -> None:
    @router.get(
        _route(place),
        name=f"get_{_named(place)}",
        openapi_extra={RESULT: _schema(place)},
        response_class=Response,
        description=f"{_told(place)} A secret that is set is told as `(hidden)`.",
    )
    @needs(Role.OPERATOR)
    async def read(entrance: Here) -> Response:
        settings = entrance.settings
        return entrance.answer(settings, part_of(settings, place.path))


def _change(router: APIRouter, place: TablePlace) -> None:
    change_schema = ref(change_of(place.model.__name__))

    @router.patch(
        _route(place),
        name=f"change_{_named(place)}",
        responses=errors(*REFUSALS),
        openapi_extra={BODY: change_schema, RESULT: _schema(place)},
        response_class=Response,
        description=f"Change `{_key(place)}`. What is left out stays; null gives a setting its"
        " default; a list is replaced as a whole; `(hidden)` leaves a secret as it is.",
    )
    @needs(role_to_change(place))
    @body_limit(LONG_BODY_LIMIT)
    async def change(
        entrance: Here, request: Request, body: dict[str, JsonValue], if_match: IfMatch = None
    ) -> Response:
        since = entrance.expected(if_match)
        settings = await entrance.change(request, nested(place.path, body), since)
        return entrance.answer(settings, part_of(settings, place.path))


def _replace(router: APIRouter, place: Place) -> None:
    options: dict[str, Any] = {
        "name": f"replace_{_named(place)}",
        "responses": errors(*REFUSALS),
        "openapi_extra": {BODY: _new_value(place), RESULT: _schema(place)},
        "response_class": Response,
        "description": f"Give `{_key(place)}` a new value. What is left out becomes its default;"
        " `(hidden)` leaves a secret as it is.",
    }

    async def replaced(
        entrance: Entrance, request: Request, body: object, if_match: str | None
    ) -> Response:
        since = entrance.expected(if_match)
        settings = await entrance.replace(request, place.path, body, since)
        return entrance.answer(settings, part_of(settings, place.path))

    if isinstance(place, TablePlace):

        @router.put(_route(place), **options)
        @needs(role_to_change(place))
        @body_limit(LONG_BODY_LIMIT)
        async def replace_table(
            entrance: Here, request: Request, body: dict[str, JsonValue], if_match: IfMatch = None
        ) -> Response:
            return await replaced(entrance, request, body, if_match)

    else:

        @router.put(_route(place), **options)
        @needs(role_to_change(place))
        @body_limit(LONG_BODY_LIMIT)
        async def replace_list(
            entrance: Here, request: Request, body: list[JsonValue], if_match: IfMatch = None
        ) -> Response:
            return await replaced(entrance, request, body, if_match)


def _route(place: Place) -> str:
    return "/" + "/".join(place.path)


def _key(place: Place) -> str:
    return ".".join(place.path)


def _named(place: Place) -> str:
    return "_".join(("settings", *place.path))


def _schema(place: Place) -> dict[str, Any]:
    if isinstance(place, ListPlace):
        return {"type": "array", "items": ref(place.entry.__name__)}
    return ref(place.model.__name__)


def _new_value(place: Place) -> dict[str, Any]:
    """What replaces a table may say of anything in it that it be as by default: null."""
    if isinstance(place, ListPlace):
        return _schema(place)
    return ref(change_of(place.model.__name__))


def _told(place: Place) -> str:
    if isinstance(place, ListPlace):
        return f"All of `[[{_key(place)}]]`."
    return f"Section `[{_key(place)}]`: {' '.join((place.model.__doc__ or '').split())}"
