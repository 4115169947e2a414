"""What a route allows: declared beside the route, enforced in one place (`speaker.http.gate`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from conf.accounts.role import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from starlette.routing import BaseRoute

    Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

MARK: Final = "__role_needed__"
BODY_MARK: Final = "__body_limit__"
SETUP_MARK: Final = "__sets_up__"

USUAL_BODY_LIMIT: Final = 64 * 1024
"""Octets. VAPIX's forms and JSON have no longer ones either."""

LONG_BODY_LIMIT: Final = 1024 * 1024
"""Of what has hundreds of entries (whole sections of settings), or a file in it (certificates)."""

SHORT_BODY_LIMIT: Final = 8 * 1024
"""Of what strangers and viewers send: a few short texts. It has to be here within 20 s, and reading
it never keeps calls waiting, whatever it says."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What the gate has to know of a route."""

    role: Role
    """The lowest role that may use it."""
    body_limit: int | None = USUAL_BODY_LIMIT
    """The longest body in octets; None: it has no end, and may come slowly."""
    sets_up: bool = False
    """Whether it can make the first administrator: while there is none it lets everybody in."""


NOWHERE: Final = Rights(Role.ANYBODY, body_limit=None)
"""Of an address that has no route: that it leads nowhere is no secret."""


class NotAllowed(Exception):
    """What a request asks for is beyond its sender, as only its body could tell; nothing was done.

    The gate answers as it does where a route is.
    """


def needs(role: Role) -> Callable[[Endpoint], Endpoint]:
    """Mark an endpoint, below its route's decorator, with the lowest role that may use it."""
    return _marked(MARK, role)


def body_limit(octets: int) -> Callable[[Endpoint], Endpoint]:
    """Let an endpoint take a body of up to `octets` instead of 64 KiB; longer ones are told 413."""
    return _marked(BODY_MARK, octets)


def streams() -> Callable[[Endpoint], Endpoint]:
    """Let an endpoint take a body without an end; it has to bound by itself what it keeps of it."""
    return _marked(BODY_MARK, None)


def sets_up() -> Callable[[Endpoint], Endpoint]:
    """Let everybody use an endpoint while there is no administrator; it has to judge by itself."""
    return _marked(SETUP_MARK, True)


def rights_of(route: BaseRoute) -> Rights:
    """What is declared; an unmarked route is for administrators."""
    endpoint = getattr(route, "endpoint", None)
    return Rights(
        Role(getattr(endpoint, MARK, Role.ADMINISTRATOR)),
        getattr(endpoint, BODY_MARK, USUAL_BODY_LIMIT),
        getattr(endpoint, SETUP_MARK, False),
    )


def unmarked(routes: Iterable[BaseRoute]) -> list[str]:
    """The paths of routes about whose users nothing is said."""
    return [
        getattr(route, "path", str(route))
        for route in routes
        if not hasattr(getattr(route, "endpoint", None), MARK)
    ]


def _marked(mark: str, value: object) -> Callable[[Endpoint], Endpoint]:
    def marked(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, mark, value)
        return endpoint

    return marked
