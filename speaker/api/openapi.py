"""The OpenAPI document: every route with who may use it, what may go wrong, and how to log in."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from conf.accounts.role import Role
from conf.settings_schema import as_change, change_of, settings_schema
from conf.tables.setting_places import TablePlace, places
from speaker.api.errors import MEANINGS, Error
from speaker.http.rights import rights_of
from speaker.version import VERSION

if TYPE_CHECKING:
    from fastapi import FastAPI

    Json = dict[str, Any]

BODY: Final = "x-body"
RESULT: Final = "x-result"
"""Where a route has the schemas of its body and of its answer, when its types do not tell them."""

COMPONENTS: Final = "#/components/schemas/"

TAGS: Final = {
    "calls": "Place, answer and end calls, and what is done within them.",
    "sound": "Clips: what there is, and what plays.",
    "rules": "What the speaker does by itself.",
    "state": "What the device is now.",
    "events": "What occurs, as it happens.",
    "reports": "How calls went, and why there was no sound.",
    "settings": "Everything that can be set, under the names of docs/settings.md.",
    "accounts": "Who may use the device: people by name and password, machines by token.",
    "certificates": "Certificates that the device shows, and those that it trusts.",
    "maintenance": "The device begins anew.",
    "log": "What the device has noted, and who has done what.",
    "health": "For those who watch over the device.",
}
"""The subjects, in the order in which they are shown."""

INTRODUCTION: Final = """\
The speaker's own interface. Names are those of the settings and of the events; units are in the
names: `_s` seconds, `_db` decibels.

Every error is `{"detail": "…"}`, in words; where values cannot be taken, `problems` tells of each.
Each operation says which role it needs, `viewer`, `operator` or `administrator`; the higher ones
may do what the lower ones may.
"""

SCHEMES: Final[Json] = {
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "Name and password of an account, over HTTPS.",
    },
    "digest": {
        "type": "http",
        "scheme": "digest",
        "description": "Name and password of an account, without sending the password.",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token for a machine.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "session_SERIAL",
        "description": "A log-in of the web page, by HTTPS `__Host-session_SERIAL`; what changes"
        " something also needs `X-CSRF-Token`, which the log-in has told.",
    },
}

BODY_ERRORS: Final = (400, 408, 413, 415, 422)
"""What may be wrong with a body."""


JSON: Final = "application/json"


class TwiceTheSameName(Exception):
    """Two schemas of the document have the same name; the message tells which."""


def make_document(app: FastAPI) -> Json:
    """OpenAPI 3.1 of the routes that `app` has."""
    document = get_openapi(
        title="Intercom speaker",
        version=VERSION,
        description=INTRODUCTION,
        routes=app.routes,
        tags=[{"name": name, "description": words} for name, words in TAGS.items()],
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    document["components"]["securitySchemes"] = SCHEMES
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas[Error.__name__] = Error.model_json_schema(ref_template=COMPONENTS + "{model}")
    schemas.update(schemas[Error.__name__].pop("$defs"))
    _add(schemas, _schemas_of_settings())
    routes = [each for each in app.routes if isinstance(each, APIRoute) and each.include_in_schema]
    taken = Counter(route.name for route in routes)
    for route in routes:
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            shared = taken[route.name] > 1
            operation["operationId"] = _name_within_subject(route) if shared else route.name
            _complete(operation, rights_of(route).role, method, route.path_format)
    return document


def _name_within_subject(route: APIRoute) -> str:
    """`tokens_add` for a route below `/api/v1/tokens` that is called `add`, as others are."""
    return f"{route.path.split('/')[3]}_{route.name}"


def ref(schema: str) -> Json:
    """A reference to one of the document's schemas."""
    return {"$ref": COMPONENTS + schema}


def _schemas_of_settings() -> Json:
    """Those of `conf`, and the ones of changes."""
    whole = settings_schema(COMPONENTS)
    schemas: Json = {**whole["$defs"], "Settings": _without_parts(whole)}
    tables = [place.model.__name__ for place in places() if isinstance(place, TablePlace)]
    entries = [place.entry.__name__ for place in places() if not isinstance(place, TablePlace)]
    changes = {
        change_of(name): as_change(schemas[name]) for name in (*tables, *entries, "Settings")
    }
    return schemas | changes


def _without_parts(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key != "$defs"}


def _add(schemas: Json, more: Json) -> None:
    for name, schema in more.items():
        if name in schemas and schemas[name] != schema:
            raise TwiceTheSameName(name)
        schemas[name] = schema


def _complete(operation: Json, role: Role, method: str, path: str) -> None:
    """Say what is the same for all routes of this kind."""
    # The first sentence is the title; what follows explains.
    summary, _, rest = operation.get("description", "").partition("\n\n")
    sentence, _, more = " ".join(summary.split()).partition(". ")
    operation["summary"] = sentence.rstrip(".")
    operation["description"] = "\n\n".join(part for part in (more, rest) if part)
    answers = operation["responses"]
    if BODY in operation:
        operation["requestBody"]["content"] = {JSON: {"schema": operation.pop(BODY)}}
    if RESULT in operation:
        good = next(answer for code, answer in answers.items() if int(code) < 300)
        good["content"] = {JSON: {"schema": operation.pop(RESULT)}}
    known = set(map(int, answers))
    possible = set[int]()
    if role is Role.ANYBODY:
        operation["security"] = []
        if method != "GET":
            possible.add(403)  # what pages of other sites send
    else:
        operation["security"] = [{scheme: []} for scheme in SCHEMES]
        operation["x-role"] = role.name.lower()
        operation["description"] = (
            f"{operation.get('description', '')}\n\nRole: {role.name.lower()}."
        ).strip()
        possible |= {401, 403, 429, 503}
    if "requestBody" in operation:
        possible |= set(BODY_ERRORS)
    elif operation.get("parameters"):
        possible.add(422)
    if "{" in path:
        possible.add(404)
    for code in sorted(possible - known):
        answers[str(code)] = {"description": MEANINGS[code]}
    for code, told in answers.items():
        if int(code) >= 400 and ("content" not in told or code == "422"):
            told["content"] = {JSON: {"schema": ref(Error.__name__)}}
            told["description"] = MEANINGS[int(code)]
