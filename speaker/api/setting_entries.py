"""Single entries of lists of settings: an account, a rule, a multicast source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import Response
from pydantic import JsonValue

from conf.accounts.role import Role
from conf.settings_schema import change_of
from conf.tables.plain import merge, nested
from conf.validation.problem import BadSettings, ChangedMeanwhile, Problem
from speaker.api.errors import errors
from speaker.api.openapi import BODY, RESULT, ref
from speaker.api.setting_changes import Here, IfMatch, part_of
from speaker.http.rights import needs

if TYPE_CHECKING:
    from collections.abc import Callable

    from conf.settings import Settings
    from conf.tables.setting_places import ListPlace
    from speaker.api.setting_changes import Entrance

TRIES: Final = 8
"""How often an entry is put into a list that others are changing at the same time."""

Entry = dict[str, Any]
NameAsked = Annotated[str, Path(max_length=128)]


class Entries:
    """One list of the settings, entry by entry."""

    def __init__(self, entrance: Entrance, place: ListPlace) -> None:
        self._entrance = entrance
        self._place = place

    def all(self, settings: Settings) -> list[Entry]:
        """Every entry as the API tells it; nobody else holds them."""
        found: list[Entry] = part_of(settings, self._place.path)
        return found

    def find(self, entries: list[Entry], name: str) -> int:
        """Where in the list the entry of this name is.

        Raises:
            HTTPException: there is none.
        """
        for i, entry in enumerate(entries):
            if entry[self._place.named_by] == name:
                return i
        key = ".".join(self._place.path)
        raise HTTPException(404, f"no {self._place.named_by} {name!r} in `{key}`")

    async def edit(
        self, request: Request, if_match: str | None, how: Callable[[list[Entry]], object]
    ) -> tuple[Settings, list[Entry]]:
        """Let `how` change the list; what of the settings others have changed is not lost.

        Raises:
            ChangedMeanwhile: others change settings all the time.
            BadSettings: as of the store.
        """
        expected = self._entrance.expected(if_match)
        for attempt in range(TRIES):
            since = expected or self._entrance.settings
            entries = self.all(since)
            how(entries)
            try:
                change = nested(self._place.path, entries)
                settings = await self._entrance.change(request, change, since)
            except ChangedMeanwhile:
                if expected is not None or attempt == TRIES - 1:
                    raise
            else:
                return settings, self.all(settings)
        raise ChangedMeanwhile

    def name_of(self, entry: Entry) -> str:
        """The name in an entry that somebody has sent.

        Raises:
            BadSettings: there is none.
        """
        name = entry.get(self._place.named_by)
        if not isinstance(name, str):
            key = f"{'.'.join(self._place.path)}[].{self._place.named_by}"
            raise BadSettings([Problem(key, "", "is missing")])
        return name


def add_entry_routes(router: APIRouter, place: ListPlace, role: Role) -> None:
    """`POST` to the list; `GET`, `PUT`, `PATCH` and `DELETE` of an entry."""
    _add(router, place, role)
    _read(router, place)
    _write(router, place, role)
    _delete(router, place, role)


def _add(router: APIRouter, place: ListPlace, role: Role) -> None:
    schema = ref(place.entry.__name__)

    @router.post(
        _list_route(place),
        status_code=201,
        name=f"add_{_named(place)}_entry",
        responses=errors(409, 412, 503),
        openapi_extra={BODY: schema, RESULT: schema},
        response_class=Response,
        description=f"Add an entry at the end of `[[{'.'.join(place.path)}]]`.",
    )
    @needs(role)
    async def add(
        entrance: Here, request: Request, body: dict[str, JsonValue], if_match: IfMatch = None
    ) -> Response:
        entries = Entries(entrance, place)
        name = entries.name_of(body)
        settings, found = await entries.edit(request, if_match, lambda all_: all_.append(body))
        answer = entrance.answer(settings, found[entries.find(found, name)], 201)
        answer.headers["Location"] = f"{request.url.path.rstrip('/')}/{quote(name, safe='')}"
        return answer


def _read(router: APIRouter, place: ListPlace) -> None:
    @router.get(
        _entry_route(place),
        name=f"get_{_named(place)}_entry",
        openapi_extra={RESULT: ref(place.entry.__name__)},
        response_class=Response,
        description=f"One entry of `[[{'.'.join(place.path)}]]`, by its `{place.named_by}`.",
    )
    @needs(Role.OPERATOR)
    async def read(entrance: Here, name: NameAsked) -> Response:
        entries = Entries(entrance, place)
        settings = entrance.settings
        found = entries.all(settings)
        return entrance.answer(settings, found[entries.find(found, name)])


def _write(router: APIRouter, place: ListPlace, role: Role) -> None:
    schema = ref(place.entry.__name__)

    @router.put(
        _entry_route(place),
        name=f"replace_{_named(place)}_entry",
        responses=errors(409, 412, 503),
        openapi_extra={BODY: schema, RESULT: schema},
        response_class=Response,
        description="Put another in the place of an entry. What is left out becomes its default;"
        " `(hidden)` leaves a secret as it is.",
    )
    @needs(role)
    async def replace(
        entrance: Here,
        name: NameAsked,
        request: Request,
        body: dict[str, JsonValue],
        if_match: IfMatch = None,
    ) -> Response:
        entries = Entries(entrance, place)

        def put(found: list[Entry]) -> None:
            found[entries.find(found, name)] = body

        new_name = entries.name_of(body)
        settings, found = await entries.edit(request, if_match, put)
        return entrance.answer(settings, found[entries.find(found, new_name)])

    @router.patch(
        _entry_route(place),
        name=f"change_{_named(place)}_entry",
        responses=errors(409, 412, 503),
        openapi_extra={BODY: ref(change_of(place.entry.__name__)), RESULT: schema},
        response_class=Response,
        description="Change an entry. What is left out stays; null gives a setting its default;"
        " `(hidden)` leaves a secret as it is.",
    )
    @needs(role)
    async def change(
        entrance: Here,
        name: NameAsked,
        request: Request,
        body: dict[str, JsonValue],
        if_match: IfMatch = None,
    ) -> Response:
        entries = Entries(entrance, place)
        place_of_it = 0

        def patch(found: list[Entry]) -> None:
            nonlocal place_of_it
            place_of_it = entries.find(found, name)
            merge(found[place_of_it], body)

        settings, found = await entries.edit(request, if_match, patch)
        return entrance.answer(settings, found[place_of_it])


def _delete(router: APIRouter, place: ListPlace, role: Role) -> None:
    @router.delete(
        _entry_route(place),
        status_code=204,
        name=f"delete_{_named(place)}_entry",
        responses=errors(409, 412, 503),
        response_class=Response,
        description="Take an entry out of the list.",
    )
    @needs(role)
    async def delete(
        entrance: Here, name: NameAsked, request: Request, if_match: IfMatch = None
    ) -> Response:
        entries = Entries(entrance, place)
        settings, _ = await entries.edit(
            request, if_match, lambda found: found.pop(entries.find(found, name))
        )
        return Response(status_code=204, headers={"ETag": entrance.revision(settings)})


def _list_route(place: ListPlace) -> str:
    return "/" + "/".join(place.path)


def _entry_route(place: ListPlace) -> str:
    # A name may hold a slash.
    return f"{_list_route(place)}/{{name:path}}"


def _named(place: ListPlace) -> str:
    return "_".join(("settings", *place.path))
