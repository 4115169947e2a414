"""The OpenAPI document says of every route what a client has to know."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

from conf.accounts.role import Role
from speaker.api.openapi import SCHEMES, TAGS, make_document
from speaker.http.app import make_app
from speaker.http.rights import rights_of
from tests.speaker.http.serving import serving

Operations = list[tuple[str, str, dict[str, Any]]]


@pytest.fixture
async def document(tmp_path: Path) -> dict[str, Any]:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.get("/api/v1/openapi.json")
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found


def operations(document: dict[str, Any]) -> Operations:
    """Path, method, and what the document says."""
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


async def test_each_operation_has_a_name_a_subject_and_words(document: dict[str, Any]) -> None:
    told = operations(document)
    names = [operation["operationId"] for _, _, operation in told]
    assert len(set(names)) == len(names)
    for path, method, operation in told:
        assert len(operation["tags"]) == 1, path
        assert operation["tags"][0] in TAGS, (path, operation["tags"])
        assert operation["summary"], (method, path)


async def test_each_operation_says_who_may_use_it_and_how_to_log_in(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        app = make_app(served.device)
    document = make_document(app)
    routes = [each for each in app.routes if isinstance(each, APIRoute) and each.include_in_schema]
    assert len(routes) > 10
    for route in routes:
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            role = rights_of(route).role
            if role is Role.ANYBODY:
                assert operation["security"] == []
            else:
                assert operation["x-role"] == role.name.lower()
                assert [*SCHEMES] == [name for one in operation["security"] for name in one]
                assert {"401", "403", "429"} <= set(operation["responses"])


async def test_every_error_has_the_one_shape(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for code, answer in operation["responses"].items():
            if int(code) >= 400 and path != "/readyz":
                schema = answer["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Error"}, (method, path, code)


async def test_what_may_be_wrong_with_a_body_is_told_wherever_there_is_one(
    document: dict[str, Any],
) -> None:
    with_body = [each for _, _, each in operations(document) if "requestBody" in each]
    assert with_body
    for operation in with_body:
        assert {"413", "415", "422"} <= set(operation["responses"]), operation["operationId"]


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= known


async def test_vapix_is_documented_by_its_maker_and_not_here(document: dict[str, Any]) -> None:
    assert not [path for path in document["paths"] if "axis-cgi" in path or "vapix" in path]


def references(value: object) -> list[str]:
    """Every `$ref` below `value`."""
    match value:
        case dict():
            here = [ref] if isinstance(ref := value.get("$ref"), str) else []
            return here + [each for inner in value.values() for each in references(inner)]
        case list():
            return [each for inner in value for each in references(inner)]
        case _:
            return []
