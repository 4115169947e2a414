"""Who asks: found out by the gate, carried by the request."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends
from starlette.requests import HTTPConnection  # FastAPI reads the annotation of `who_asks`

from conf.accounts.role import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Scope

KEY: Final = "speaker.identity"


class Proof(Enum):
    """How somebody showed who they are."""

    NONE = "none"
    LOCAL_TOKEN = "local-token"  # noqa: S105 - the name of a kind
    """By a file that only the user of the device, on this machine, can read."""
    PASSWORD = "password"  # noqa: S105 - the name of a kind
    """By Basic or Digest, with this very request."""
    SESSION = "session"
    """By the cookie of a login at the web page."""
    TOKEN = "token"  # noqa: S105 - the name of a kind
    """By a machine's bearer token."""


def always() -> bool:
    """Nothing can end it."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody who asks."""

    name: str = ""
    """Of the account; `token NAME` of a machine's token; empty: nobody knows."""
    role: Role = Role.ANYBODY
    proof: Proof = Proof.NONE
    address: str = ""
    """IP address that the request came from."""
    still_counts: Callable[[], bool] = field(default=always, compare=False, repr=False)
    """Whether what was shown then would do now: accounts change, sessions and tokens end."""

    def attach(self, scope: Scope) -> None:
        """Let the endpoint know."""
        scope[KEY] = self


def who_asks(request: HTTPConnection) -> Identity:
    """Whom the gate has let in. As a dependency: `Who`."""
    found = request.scope[KEY]
    if not isinstance(found, Identity):
        raise TypeError(f"{found!r} is no Identity")
    return found


Who = Annotated[Identity, Depends(who_asks)]
"""The type of an endpoint's argument that tells it who asks."""
