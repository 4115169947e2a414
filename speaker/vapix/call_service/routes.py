"""`/vapix/call`, in all forms that a command comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from fastapi import APIRouter
from starlette.routing import Route

from conf.accounts.role import Role
from conf.store.store_error import StoreError
from conf.validation.problem import BadSettings, shown
from sip.errors import MalformedUri, MisuseError
from speaker.calls.call_book import CallRefused, NoSuchCall
from speaker.calls.call_state import IllegalStep
from speaker.http.cross_site import check_page
from speaker.http.identity import who_asks
from speaker.http.rights import NotAllowed, needs
from speaker.vapix.call_service.commands import CallService
from speaker.vapix.call_service.fault import (
    FAILURE,
    INVALID,
    MISSING,
    NOT_FOUND,
    NOT_SUPPORTED,
    Fault,
    Kind,
)
from speaker.vapix.call_service.request_form import RequestForm
from speaker.vapix.error_family import ApiError, Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from speaker.device import Device

log = structlog.get_logger(__name__)

KINDS: Final[dict[type[Exception], Kind]] = {
    NoSuchCall: NOT_FOUND,
    MalformedUri: INVALID,
    CallRefused: FAILURE,
    IllegalStep: FAILURE,
    MisuseError: FAILURE,
    StoreError: FAILURE,
}
"""What each error of the device is to a client."""

READING: Final = "Get"
"""How the names of those commands begin that change nothing."""


def call_service_routes(device: Device) -> APIRouter:
    """The address of the Call service, with and without a command in its path."""
    service = CallService(device)

    @needs(Role.VIEWER)
    async def endpoint(request: Request) -> Response:
        form = RequestForm(request)
        try:
            return form.answer(await _result(service, request, form))
        except Fault as fault:
            return form.refusal(fault)

    paths = ("/vapix/call", "/vapix/call/{command}")
    return APIRouter(routes=[Route(path, endpoint, methods=["GET", "POST"]) for path in paths])


async def _result(
    service: CallService, request: Request, form: RequestForm
) -> Mapping[str, object]:
    """What a command brings; all that can go wrong is a Fault."""
    command = await form.command()
    action = service.actions.get(command.name)
    if action is None:
        raise Fault(NOT_SUPPORTED, f"there is no command {shown(command.name)}")
    by = who_asks(request)
    if by.role < action.role:
        raise NotAllowed
    if not command.name.startswith(READING):
        check_page(request.scope)
    try:
        return await action.run(command.params, by)
    except (Fault, NotAllowed):
        raise
    except BadSettings as error:
        raise Fault(INVALID, "; ".join(str(each) for each in error.problems)) from error
    except ApiError as error:
        raise Fault(MISSING if error.trouble is Trouble.MISSING else INVALID, str(error)) from error
    except tuple(KINDS) as error:
        kind = next(kind for each, kind in KINDS.items() if isinstance(error, each))
        raise Fault(kind, str(error)) from error
    except Exception as error:
        # Whatever we do wrong is a fault as well; a traceback is for the log.
        log.exception("the Call service failed", command=command.name)
        raise Fault(FAILURE, "internal error") from error
