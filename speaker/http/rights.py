"""Who may use a route: declared beside the route, enforced in one place (`speaker.http.gate`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from conf.role import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from starlette.routing import BaseRoute

    Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

MARK: Final = "__role_needed__"


class NotAllowed(Exception):
    """What a request asks for is beyond its sender, as only its body could tell; nothing was done.

    The gate answers as it does where a route is.
    """


def needs(role: Role) -> Callable[[Endpoint], Endpoint]:
    """Mark an endpoint, below its route's decorator, with the lowest role that may use it."""

    def marked(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, MARK, role)
        return endpoint

    return marked


def role_needed(route: BaseRoute) -> Role:
    """The lowest role that may use `route`; an unmarked one is for administrators."""
    role = getattr(getattr(route, "endpoint", None), MARK, Role.ADMINISTRATOR)
    return Role(role)


def unmarked(routes: Iterable[BaseRoute]) -> list[str]:
    """The paths of routes about whose users nothing is said."""
    return [
        getattr(route, "path", str(route))
        for route in routes
        if not hasattr(getattr(route, "endpoint", None), MARK)
    ]
