"""The envelope of JSON APIs under `/axis-cgi`: version, context, method, and data or an error.

    {"apiVersion":"1.0","context":"abc","method":"m","params":{}}
    {"apiVersion":"1.3","context":"abc","method":"m","data":{}}
    {"apiVersion":"1.3","context":"abc","method":"m","error":{"code":2104,"message":"…"}}

An error of the API is an answer like any other (HTTP 200); only who may not use a method is told by
401 or 403 as well. The version in an answer is the one that answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import structlog
from starlette.routing import Route

from conf.accounts.role import Role
from conf.validation.problem import BadSettings, shown
from speaker.http.identity import who_asks
from speaker.http.rights import NotAllowed, needs
from speaker.vapix.error_family import ApiError, Trouble
from speaker.vapix.fields import Fields
from speaker.vapix.json_text import BodyTooLarge, JsonAnswer, NotJson, bounded_body, parsed_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from speaker.http.identity import Identity
    from speaker.vapix.error_family import ErrorFamily

log = structlog.get_logger(__name__)

LONGEST_CONTEXT: Final = 1024
"""Characters."""

EVERY_METHOD: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
VERSIONS: Final = "getSupportedVersions"
TOP: Final = ("apiVersion", "context", "method", "params")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call of a method."""

    params: Fields
    by: Identity


@dataclass(frozen=True, slots=True)
class Method:
    """A method of an API: who may call it, and what does it.

    It returns the answer's `data`; raises ApiError or BadSettings, in words for who asks.
    """

    role: Role
    run: Callable[[Asked], Awaitable[Mapping[str, object]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonApi:
    """An API: where it is, what it can, and how it says no."""

    path: str
    family: ErrorFamily
    versions: tuple[str, ...]
    """The highest minor version of each major one, ascending."""
    methods: Mapping[str, Method]
    strict: bool = False
    """Whether a key that it does not know is an error."""

    @property
    def role(self) -> Role:
        """The lowest role that may call anything here."""
        return min(method.role for method in self.methods.values())

    @property
    def newest(self) -> str:
        """The version that answers what does not say for which one it is."""
        return self.versions[-1]


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What is to be repeated in the answer, as far as it could be read."""

    version: str
    context: str | None = None
    method: str | None = None

    def around(self, content: Mapping[str, object]) -> dict[str, object]:
        told = {"apiVersion": self.version, "context": self.context, "method": self.method}
        return {key: value for key, value in told.items() if value is not None} | dict(content)


def route(api: JsonApi) -> Route:
    """The route that answers for an API."""

    @needs(api.role)
    async def endpoint(request: Request) -> Response:
        if request.method != "POST":
            words = f"{request.method} is not allowed here, only POST"
            return JsonAnswer(_error(api, _Envelope(api.newest), ApiError(Trouble.NOT_POST, words)))
        status, answer = await answered(api, request)
        return JsonAnswer(answer, status_code=status)

    allowed = EVERY_METHOD if api.family.tells_not_post else ("POST",)
    return Route(api.path, endpoint, methods=list(allowed))


async def answered(api: JsonApi, request: Request) -> tuple[int, dict[str, object]]:
    """The HTTP status and the answer to a POST."""
    try:
        body = await bounded_body(request)
    except BodyTooLarge as error:
        told = ApiError(Trouble.TOO_LARGE, str(error))
        return 200, _error(api, _Envelope(api.newest), told)
    return await answered_to(api, body, who_asks(request))


async def answered_to(api: JsonApi, body: bytes, by: Identity) -> tuple[int, dict[str, object]]:
    """The HTTP status and the answer to what stands in a body, or in a message."""
    envelope = _Envelope(api.newest)
    try:
        top = Fields.of(parsed_json(body), "the request")
        envelope = _envelope(api, top.values)
        return 200, envelope.around({"data": await _data(api, top, by)})
    except NotJson as error:
        told = ApiError(Trouble.NOT_JSON, f"the body is not JSON: {error}")
    except BadSettings as error:
        told = ApiError(Trouble.INVALID, "; ".join(str(each) for each in error.problems))
    except ApiError as error:
        told = error
    except NotAllowed:
        raise
    except Exception:
        # Whatever we do wrong has a code of its own in each family; a traceback is for the log.
        log.exception("an API failed", path=api.path, method=envelope.method)
        told = ApiError(Trouble.INTERNAL, "internal error")
    status = 403 if told.trouble is Trouble.FORBIDDEN else 200
    return status, _error(api, envelope, told)


def _envelope(api: JsonApi, values: Mapping[str, object]) -> _Envelope:
    """What of a request can be repeated, even where the rest is wrong."""
    context, method = values.get("context"), values.get("method")
    return _Envelope(
        _version_that_answers(api, values.get("apiVersion")) or api.newest,
        context if isinstance(context, str) and len(context) <= LONGEST_CONTEXT else None,
        method if isinstance(method, str) and method in (*api.methods, VERSIONS) else None,
    )


async def _data(api: JsonApi, top: Fields, by: Identity) -> Mapping[str, object]:
    if api.strict:
        top.only(*TOP)
    if "context" in top:
        top.text("context", LONGEST_CONTEXT)
    name = top.text("method")
    if name == VERSIONS:
        return {"apiVersions": list(api.versions)}
    version = top.text("apiVersion")
    if _version_that_answers(api, version) is None:
        known = ", ".join(api.versions)
        raise ApiError(Trouble.VERSION, f"version {shown(version)} is not one of {known} or before")
    method = api.methods.get(name)
    if method is None:
        raise ApiError(Trouble.METHOD, f"there is no method {shown(name)}")
    if by.role < method.role and by.role is Role.ANYBODY:
        raise NotAllowed  # to be challenged: client libraries log in only then
    if by.role < method.role:
        raise ApiError(Trouble.FORBIDDEN, f"{name} is for accounts with the right to it")
    params = top.inner("params") if "params" in top else Fields(MappingProxyType({}))
    return await method.run(Asked(params=params, by=by))


def _version_that_answers(api: JsonApi, asked: object) -> str | None:
    """Of the same major version, if that is not older than what is asked for."""
    wanted = _numbers(asked)
    if wanted is None:
        return None
    for version in api.versions:
        ours = _numbers(version)
        if ours is not None and ours[0] == wanted[0] and ours[1] >= wanted[1]:
            return version
    return None


def _numbers(version: object) -> tuple[int, int] | None:
    if not isinstance(version, str):
        return None
    major, dot, minor = version.partition(".")
    parts = (major, minor if dot else "0")
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        return None
    return int(parts[0]), int(parts[1])


def _error(api: JsonApi, envelope: _Envelope, error: ApiError) -> dict[str, object]:
    told: dict[str, object] = {"code": api.family.code(error.trouble), "message": str(error)}
    if error.details is not None:
        told["details"] = dict(error.details)
    return envelope.around({"error": told})
