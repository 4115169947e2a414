"""How the API says that something did not work: one shape for every status."""

from __future__ import annotations

import itertools
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.routing import Match

from conf.validation.problem import BadSettings
from speaker.http.error_status import STATUS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fastapi import FastAPI, Request

    from conf.validation.problem import Problem


class BrokenRule(BaseModel):
    """One value that cannot be taken."""

    key: str = Field(examples=["sip.port"])
    """Of which setting, or where in what was sent."""
    value: str = Field(examples=["70000"])
    """As TOML writes it; empty when it is absent, long, or may be a secret."""
    rule: str = Field(examples=["is outside 0..65535"])
    """What it breaks, as the end of a sentence."""


class Error(BaseModel):
    """What went wrong."""

    detail: str = Field(examples=["sip.port: 70000 is outside 0..65535"])
    """In words, for people."""
    problems: list[BrokenRule] | None = None
    """Each value that cannot be taken, where that is what is wrong; else left out."""


MEANINGS: Final = {
    400: "What was sent cannot be read at all: it is no JSON, or no UTF-8.",
    401: "Nobody knows who asks: log in first.",
    403: "Whoever asks may not do this.",
    404: "There is no such thing.",
    408: "What was sent came too slowly.",
    409: "Not now, or not while things are as they are.",
    412: "It has been changed by somebody else since it was read.",
    413: "What was sent is too long.",
    415: "What was sent is not of a content type that is understood.",
    422: "What was sent cannot be taken; `problems` tells of each value.",
    428: "It must be said which state is to be changed.",
    429: "Too many failed log-ins, or too many requests: later.",
    503: "Not ready for this, too busy with log-ins, or the disk does not take it.",
    507: "The disk does not take the file.",
}
"""What a status means here."""

MOST_TOLD: Final = 64
"""Broken rules that one answer tells of: a body may break a hundred thousand."""


def errors(*codes: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: what may go wrong beside what may anywhere.

    The document gives them the shape of `Error`. With a model here FastAPI would make a validator
    for each of them, two hundred in all, which nothing ever uses.
    """
    return {code: {"description": MEANINGS[code]} for code in codes}


def answer(code: int, detail: str, problems: Iterable[Problem] = ()) -> JSONResponse:
    """The answer that tells of an error."""
    body: dict[str, object] = {"detail": detail}
    listed = [{"key": each.key, "value": each.value, "rule": each.rule} for each in problems]
    if listed:
        body["problems"] = listed
    return JSONResponse(body, status_code=code)


def handle_errors(app: FastAPI) -> None:
    """Let `app` answer the errors that its parts raise in this shape."""
    app.add_exception_handler(RequestValidationError, _on_unreadable)
    app.add_exception_handler(405, _on_wrong_method)
    for error, code in STATUS.items():
        app.add_exception_handler(error, _answer_with(code))


async def _on_wrong_method(request: Request, _error: Exception) -> JSONResponse:
    """Tell every method of the address, and not only those of the first route that has it."""
    allowed = {
        method
        for route in request.app.routes
        if route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods or ()
    }
    wrong = answer(405, f"{request.method} is none of {', '.join(sorted(allowed))}")
    wrong.headers["Allow"] = ", ".join(sorted(allowed))
    return wrong


def _answer_with(code: int) -> Any:
    async def handler(_request: Request, error: Exception) -> JSONResponse:
        problems = error.problems if isinstance(error, BadSettings) else ()
        return answer(code, str(error), problems)

    return handler


async def _on_unreadable(request: Request, error: Exception) -> JSONResponse:
    """What was sent is not what the route takes. It is not repeated: it need not even be text."""
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    if _wants_json(request) and not _is_json(request) and _concerns_body(found):
        return answer(415, "the body must be JSON: Content-Type: application/json")
    told = itertools.islice(found, MOST_TOLD)
    rules = [BrokenRule(key=_place(each["loc"]), value="", rule=each["msg"]) for each in told]
    body = Error(detail="; ".join(_sentence(rule) for rule in rules), problems=rules)
    return JSONResponse(body.model_dump(), HTTPStatus.UNPROCESSABLE_ENTITY)


def _place(location: Sequence[str | int]) -> str:
    """`digits` for pydantic's `("body", "digits")`."""
    return ".".join(map(str, location[1:]))


def _sentence(rule: BrokenRule) -> str:
    return f"{rule.key}: {rule.rule}" if rule.key else rule.rule


def _concerns_body(found: Iterable[dict[str, Any]]) -> bool:
    return any(each["loc"][0] == "body" for each in found)


def _wants_json(request: Request) -> bool:
    """Whether the route takes a body of JSON, and not one of a form or a file."""
    body = getattr(request.scope.get("route"), "body_field", None)
    return body is not None and body.field_info.media_type == "application/json"


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
