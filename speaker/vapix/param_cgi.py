"""`param.cgi`: parameters of the device are listed, described and set."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from conf.accounts.role import Role
from conf.store.store_error import StoreError
from conf.tables.layers import lay_over
from conf.tables.plain import copied
from conf.validation.problem import BadSettings
from speaker.http.cross_site import check_page
from speaker.http.identity import who_asks
from speaker.http.rights import needs
from speaker.vapix.arguments import Asked
from speaker.vapix.ntp import keepers_of_this_machine
from speaker.vapix.parameters import replies
from speaker.vapix.parameters.clock import clock_parameters
from speaker.vapix.parameters.facts import Facts
from speaker.vapix.parameters.groups import groups_in, may_be_in, without_root
from speaker.vapix.parameters.host_network import read_host_network
from speaker.vapix.parameters.media_clips import clip_parameters
from speaker.vapix.parameters.parameter import BadValue, DeedSource, SettingSource
from speaker.vapix.parameters.table import all_parameters
from speaker.version import VERSION
from speaker.zone_rules import zone_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from speaker.device import Device
    from speaker.host_clock.synchronisation import TimeKeeper
    from speaker.http.identity import Identity
    from speaker.vapix.arguments import Arguments
    from speaker.vapix.parameters.parameter import Parameter

log = structlog.get_logger(__name__)

NO_PARAMETERS: Final = frozenset({"action", "usergroup", "responseformat", "Axis-Orig-Sw"})
"""Arguments that a client may send with every request; they name no parameter."""


NAMED: Final = 8
"""Of the parameters that could not be set, in a line of the log."""


def param_routes(device: Device) -> APIRouter:
    """`/axis-cgi/param.cgi`."""
    router = APIRouter(include_in_schema=False)
    cgi = ParamCgi(device, keepers_of_this_machine())

    @router.get("/axis-cgi/param.cgi")
    @router.post("/axis-cgi/param.cgi")
    @needs(Role.VIEWER)
    async def param(asked: Asked, request: Request) -> Response:
        """Answered with 200 whatever happens: clients read the text."""
        if asked.get("action") == "update":
            check_page(request.scope)
        return await cgi.answer(asked, who_asks(request), _paths(request))

    return router


def _paths(request: Request) -> frozenset[str]:
    return frozenset(
        each.path for each in request.app.routes if isinstance(each, Route | WebSocketRoute)
    )


class ParamCgi:
    """The actions of the CGI."""

    def __init__(self, device: Device, keepers: Sequence[TimeKeeper]) -> None:
        """`keepers` of the machine's clock, of which one may run."""
        self._device = device
        self._keepers = keepers

    async def answer(self, asked: Arguments, who: Identity, paths: frozenset[str]) -> Response:
        """Do what `action` says.

        Raises:
            BadArguments: a list of groups is too long, or an argument has two values.
        """
        facts = await self._facts(paths)
        groups = groups_in(asked.get("group") or "")
        action = asked.get("action")
        wanted = asked.names if action == "update" else groups or ("root",)
        clips = await asyncio.to_thread(self._clips)
        # By a thread, as is what is told of them: with a thousand clips there are thousands.
        entries = [*clips, *await self._clock(wanted)]
        parameters = await asyncio.to_thread(all_parameters, facts, entries)
        seen = [each for each in parameters if each.read <= who.role]
        match action:
            case "list":
                text = await asyncio.to_thread(replies.listed, groups, seen, facts)
                return PlainTextResponse(text)
            case "listdefinitions" if asked.get("listformat") == "xmlschema":
                model = facts.settings.brand.product_full_name
                xml = await asyncio.to_thread(replies.defined, groups, seen, facts, model=model)
                return Response(xml, media_type="text/xml")
            case "listdefinitions":
                return PlainTextResponse(replies.error("listformat is not xmlschema"))
            case "update":
                text = await self._update(asked.pairs, parameters, facts, who)
                return PlainTextResponse(text)
            case "add":
                return PlainTextResponse(replies.failed(_no_template(asked.get("template"))))
            case "remove":
                return PlainTextResponse(replies.failed(_not_removable(groups)))
            case _:
                return PlainTextResponse(
                    replies.error("action is not list, listdefinitions, update, add or remove")
                )

    def _clips(self) -> list[Parameter]:
        librarian = self._device.clips.librarian
        try:
            return list(clip_parameters(librarian, librarian.clips()))
        except StoreError as error:
            log.error("clips have no numbers", why=str(error))
            return []

    async def _clock(self, wanted: Iterable[str]) -> list[Parameter]:
        """What keeps the clock right, if somebody asks: other programs have to tell."""
        if not any(may_be_in("Time", group) for group in wanted):
            return []
        for keeper in self._keepers:
            found = await keeper.read()
            if found is not None:
                return [*clock_parameters(keeper, found)]
        return [*clock_parameters(None, None)]

    async def _facts(self, paths: frozenset[str]) -> Facts:
        return Facts(
            settings=self._device.store.settings,
            serial=self._device.serial,
            version=VERSION,
            paths=paths,
            network=await asyncio.to_thread(read_host_network),
            zone_rules=await asyncio.to_thread(zone_rules),
            now=datetime.now().astimezone(),
        )

    # --- update ----------------------------------------------------------------------------------

    async def _update(
        self,
        pairs: Iterable[tuple[str, str]],
        parameters: Iterable[Parameter],
        facts: Facts,
        who: Identity,
    ) -> str:
        """Set what can be set; a line for each parameter that cannot."""
        known = {each.path: each for each in parameters}
        changes: list[_Change] = []
        refused: list[_Change] = []
        for name, value in pairs:
            if name in NO_PARAMETERS:
                continue
            change = _Change(name, value)
            try:
                source = _settable(known.get(without_root(name)), who)
                if isinstance(source, DeedSource):
                    await source.change(value, by=who.name, address=who.address)
                    continue
                change.tables = dict(source.tables(value, facts))
            except BadValue as error:
                refused.append(change.because(str(error)))
            else:
                changes.append(change)
        refused += await self._carry_out(changes, who)
        if refused:  # in one line, or a few requests of a viewer would push all others out
            log.info(
                "parameters not set",
                parameters=", ".join(each.name for each in refused[:NAMED]),
                count=len(refused),
                why=refused[0].why,
                user=who.name,
            )
        return "".join(replies.not_set(each.name, each.value) for each in refused) or replies.OK

    async def _carry_out(self, changes: Sequence[_Change], who: Identity) -> list[_Change]:
        """All at once, as some are good only together; else one by one, to find the bad ones."""
        # By path, so that a time zone's own rules count more than a switch for its summer time.
        changes = sorted(changes, key=lambda each: without_root(each.name))
        together: dict[str, Any] = {}
        for change in changes:
            lay_over(together, copied(change.tables))
        if not changes or await self._problem(together, who) is None:
            return []
        refused = []
        for change in changes:
            why = await self._problem(change.tables, who)
            if why is not None:
                refused.append(change.because(why))
        return refused

    async def _problem(self, tables: dict[str, Any], who: Identity) -> str | None:
        """Change settings; what is wrong, if they cannot be."""
        try:
            await self._device.change(tables, by=who.name, address=who.address)
        except (BadSettings, StoreError) as error:
            return str(error)
        return None


class _Change:
    """What a client wants of one parameter."""

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self.value = value
        self.tables: dict[str, Any] = {}
        self.why = ""

    def because(self, why: str) -> _Change:
        self.why = why
        return self


def _settable(parameter: Parameter | None, who: Identity) -> SettingSource | DeedSource:
    """Where the value of a parameter is set.

    Raises:
        BadValue: it cannot be, or not by them; one that they do not see is unknown.
    """
    if parameter is None or parameter.read > who.role:
        raise BadValue("there is no such parameter")
    source = parameter.source
    if parameter.write is None or not isinstance(source, SettingSource | DeedSource):
        raise BadValue("it is read-only")
    if parameter.write > who.role:
        raise BadValue(f"it is for {parameter.write.name.lower()}s")
    return source


def _no_template(template: str | None) -> str:
    if template is None:
        return "no template is named"
    return f"there is no template '{template}'"


def _not_removable(groups: Sequence[str]) -> str:
    if not groups:
        return "no group is named"
    return f"group '{groups[0]}' cannot be removed"
