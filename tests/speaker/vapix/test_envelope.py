"""The envelope of JSON APIs, on an API of its own for each family of errors."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from conf.accounts.role import Role
from speaker.http.identity import Identity
from speaker.http.rights import NotAllowed
from speaker.vapix.envelope import Asked, JsonApi, Method, route
from speaker.vapix.error_family import (
    FAMILY_A,
    FAMILY_B,
    FAMILY_C,
    FAMILY_D,
    ApiError,
    ErrorFamily,
    Trouble,
)

PATH = "/axis-cgi/example.cgi"
TOKEN = "t"


class LetIn:
    """Stands where the gate is: says who asks, and answers where that is not enough."""

    def __init__(self, app: ASGIApp, who: Identity) -> None:
        self._app = app
        self._who = who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._who.attach(scope)
        try:
            await self._app(scope, receive, send)
        except NotAllowed:
            await Response(status_code=401)(scope, receive, send)


async def _echo(asked: Asked) -> Mapping[str, object]:
    return {"text": asked.params.text("text", 16), "by": asked.by.name}


async def _fail(_asked: Asked) -> Mapping[str, object]:
    raise ZeroDivisionError("a secret detail")


async def _refuse(_asked: Asked) -> Mapping[str, object]:
    raise ApiError(Trouble.INVALID, "no", {"subCode": 3})


def api(family: ErrorFamily = FAMILY_B, *, strict: bool = False) -> JsonApi:
    methods = {
        "echo": Method(Role.ANYBODY, _echo),
        "fail": Method(Role.ADMINISTRATOR, _fail),
        "refuse": Method(Role.ANYBODY, _refuse),
    }
    return JsonApi(
        path=PATH, family=family, versions=("1.2", "2.3"), methods=methods, strict=strict
    )


def client(example: JsonApi, *, token: str = "") -> httpx.AsyncClient:
    who = Identity(name="local", role=Role.ADMINISTRATOR) if token else Identity()
    app = Starlette(routes=[route(example)])
    app.add_middleware(LetIn, who=who)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://speaker.test")


async def answer(body: object, example: JsonApi | None = None, *, token: str = TOKEN) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with client(example or api(), token=token) as http:
        response = await http.post(PATH, content=content)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()


def call(**others: object) -> dict[str, object]:
    asked: dict[str, object] = {"apiVersion": "2.0", "context": "x", "method": "echo"}
    return asked | {"params": {"text": "hi"}} | others


async def test_an_answer_repeats_context_and_method_and_says_which_version_answers() -> None:
    assert await answer(call()) == {
        "apiVersion": "2.3",
        "context": "x",
        "method": "echo",
        "data": {"text": "hi", "by": "local"},
    }


async def test_a_context_that_was_not_given_is_not_made_up() -> None:
    body = {"apiVersion": "1.0", "method": "echo", "params": {"text": "hi"}}
    assert "context" not in await answer(body)


@pytest.mark.parametrize(
    ("asked", "answers"),
    [("1.0", "1.2"), ("1.2", "1.2"), ("2.3", "2.3"), ("2", "2.3"), ("1.3", None), ("3.0", None)],
)
async def test_a_version_is_answered_by_the_same_major_one_that_is_not_older(
    asked: str, answers: str | None
) -> None:
    told = await answer(call(apiVersion=asked))
    if answers is None:
        assert told["error"]["code"] == 2100
    else:
        assert told["apiVersion"] == answers
        assert "data" in told


@pytest.mark.parametrize("asked", ["", "1.", "1.x", "-1.0", "1.0.0", "١.0", "9" * 50, "v1"])
async def test_what_is_no_version_is_refused(asked: str) -> None:
    assert (await answer(call(apiVersion=asked)))["error"]["code"] == 2100


async def test_supported_versions_are_told_to_whoever_does_not_know_any() -> None:
    told = await answer({"method": "getSupportedVersions"})
    assert told["data"] == {"apiVersions": ["1.2", "2.3"]}


PROBLEMS: list[tuple[object, str]] = [
    (b"", "NOT_JSON"),
    (b"{", "NOT_JSON"),
    (b"[" * 60_000, "NOT_JSON"),
    (b"\xff\xfe\x00", "NOT_JSON"),
    (b'{"context":"\\ud800"}', "NOT_JSON"),
    (b'{"context":NaN}', "NOT_JSON"),
    (b'{"context":1e999}', "NOT_JSON"),
    (b'{"context":' + b"9" * 5000 + b"}", "NOT_JSON"),
    (b" " * 70_000, "TOO_LARGE"),
    (b"[]", "INVALID"),
    (b"{}", "MISSING"),
    (call(method="nothing"), "METHOD"),
    (call(method=5), "INVALID"),
    (call(context={}), "INVALID"),
    (call(apiVersion=None), "MISSING"),
    (call(apiVersion="7.0"), "VERSION"),
    (call(params={}), "MISSING"),
    (call(params=[]), "INVALID"),
    (call(params={"text": 5}), "INVALID"),
    (call(params={"text": "x" * 17}), "INVALID"),
    (call(method="fail"), "INTERNAL"),
]


@pytest.mark.parametrize(
    ("family", "codes"),
    [
        (FAMILY_A, (4000, 4000, 1000, 4002, 2004, 2003, 8000)),
        (FAMILY_B, (2101, 2107, 2104, 2103, 2102, 2100, 1100)),
        (FAMILY_C, (3000, 2001, 4004, 4003, 4000, 4001, 1000)),
        (FAMILY_D, (400, 400, 400, 400, 405, 417, 500)),
    ],
)
async def test_each_family_has_its_codes_for_what_can_be_wrong(
    family: ErrorFamily, codes: tuple[int, ...]
) -> None:
    names = ("NOT_JSON", "TOO_LARGE", "INVALID", "MISSING", "METHOD", "VERSION", "INTERNAL")
    expected = dict(zip(names, codes, strict=True))
    for body, what in PROBLEMS:
        told = await answer(body, api(family))
        assert told["error"]["code"] == expected[what], (body, told)
        assert "apiVersion" in told


async def test_an_error_repeats_what_could_be_read() -> None:
    told = await answer(call(params=[]))
    assert (told["context"], told["method"]) == ("x", "echo")


async def test_what_we_do_wrong_shows_no_traceback() -> None:
    assert "secret" not in json.dumps(await answer(call(method="fail")))


async def test_an_error_may_have_details() -> None:
    assert (await answer(call(method="refuse")))["error"]["details"] == {"subCode": 3}


async def test_a_key_that_is_not_known_is_an_error_only_where_an_api_says_so() -> None:
    assert "data" in await answer(call(more=1))
    told = await answer(call(more=1), api(FAMILY_D, strict=True))
    assert told["error"] == {"code": 400, "message": '"more" is not a parameter'}


async def test_a_stranger_is_asked_to_log_in_for_a_method_that_is_not_for_all() -> None:
    async with client(api()) as http:
        assert (await http.post(PATH, json=call())).status_code == 200
        assert (await http.post(PATH, json=call(method="fail"))).status_code == 401


@pytest.mark.parametrize(
    ("family", "status", "code"),
    [(FAMILY_A, 200, 2002), (FAMILY_B, 405, None), (FAMILY_C, 200, 2000), (FAMILY_D, 405, None)],
)
async def test_other_methods_than_post_are_refused_in_the_familys_way(
    family: ErrorFamily, status: int, code: int | None
) -> None:
    async with client(api(family)) as http:
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            response = await http.request(method, PATH)
            assert response.status_code == status
            if code is not None:
                assert response.json()["error"]["code"] == code
