"""The arguments of the CGIs, as clients of every age send them."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from speaker.vapix.arguments import (
    LONGEST_BODY,
    LONGEST_NAME,
    LONGEST_VALUE,
    MOST_ARGUMENTS,
    Arguments,
    Asked,
    BadArguments,
    answer_bad_arguments,
    parse_arguments,
)


def make_app() -> FastAPI:
    app = FastAPI()
    app.add_exception_handler(BadArguments, answer_bad_arguments)

    @app.get("/x.cgi")
    @app.post("/x.cgi")
    async def endpoint(asked: Asked) -> list[list[str]]:
        return [[*pair] for pair in asked.pairs]

    return app


async def asked(method: str, address: str, **request: Any) -> httpx.Response:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(make_app()), base_url="http://speaker.test"
    ) as http:
        return await http.request(method, address, **request)


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "application/json", "nonsense;;"],
)
async def test_a_form_is_read_whatever_it_says_that_it_is(content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = await asked(
        "POST", "/x.cgi?usergroup=admin", content=b"action=list&group=root.A\r\n", headers=headers
    )
    assert answer.json() == [["usergroup", "admin"], ["action", "list"], ["group", "root.A"]]


async def test_a_multipart_form_is_one_too() -> None:
    fields = {"action": (None, "list"), "group": (None, "A=b&c")}
    answer = await asked("POST", "/x.cgi", files=fields)
    assert answer.json() == [["action", "list"], ["group", "A=b&c"]]


async def test_a_file_is_no_argument() -> None:
    answer = await asked("POST", "/x.cgi", files={"action": ("a.txt", b"list")})
    assert (answer.status_code, answer.text.splitlines()[0]) == (400, "400 Bad Request")


async def test_the_body_of_a_get_says_nothing() -> None:
    assert (await asked("GET", "/x.cgi?a=1", content=b"b=2")).json() == [["a", "1"]]


async def test_an_endless_form_is_refused() -> None:
    answer = await asked("POST", "/x.cgi", content=b"a=" + b"x" * LONGEST_BODY)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert str(LONGEST_BODY) in answer.text


@pytest.mark.parametrize(
    ("form", "pairs"),
    [
        (b"", ()),
        (b"a", (("a", ""),)),
        (b"a=b=c", (("a", "b=c"),)),
        (b"a=1+2%2B3%26", (("a", "1 2+3&"),)),
        (b"&&a=1&&", (("a", "1"),)),
        (b"=1&a=2", (("a", "2"),)),
        ("a=ü".encode(), (("a", "ü"),)),
        (b"a=%FC%zz%", (("a", "ü%zz%"),)),
    ],
)
def test_names_and_values_are_decoded(form: bytes, pairs: tuple[tuple[str, str], ...]) -> None:
    assert parse_arguments(form).pairs == pairs


@pytest.mark.parametrize(
    ("form", "rule"),
    [
        (b"a=" + b"x" * (LONGEST_VALUE + 1), str(LONGEST_VALUE)),
        (b"a" * (LONGEST_NAME + 1) + b"=", str(LONGEST_NAME)),
        (b"a=1&" * (MOST_ARGUMENTS + 1), str(MOST_ARGUMENTS)),
        (b"a&" * (10 * MOST_ARGUMENTS), str(MOST_ARGUMENTS)),
        (b"a=1%0d%0aroot.B=2", "control character"),
        (b"%00=1", "control character"),
    ],
)
def test_what_is_too_much_or_no_text_is_refused(form: bytes, rule: str) -> None:
    with pytest.raises(BadArguments, match=rule) as refused:
        parse_arguments(form)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 200


def test_the_limits_themselves_are_allowed() -> None:
    form = b"n" * LONGEST_NAME + b"=" + b"v" * LONGEST_VALUE + b"&a=1" * (MOST_ARGUMENTS - 1)
    assert len(parse_arguments(form).pairs) == MOST_ARGUMENTS


def test_an_argument_with_two_values_is_not_guessed_at() -> None:
    twice = parse_arguments(b"action=list&b=1", b"action=update&b=1")
    assert twice.get("b") == "1"
    assert twice.get("c") is None
    with pytest.raises(BadArguments, match="'action' is given twice"):
        twice.get("action")


@pytest.mark.parametrize("text", ["", "x", "1.5", "11", "-1", "٣", "9" * 5000, "+1", " 1", "--1"])
def test_a_number_is_one_within_its_bounds(text: str) -> None:
    given = Arguments((("n", text),))
    with pytest.raises(BadArguments, match="'n' is not a whole number from 0 to 10"):
        given.number("n", low=0, high=10, default=1)


def test_a_number_may_have_a_default_and_a_sign() -> None:
    given = Arguments((("n", "-1"),))
    assert given.number("n", low=-1, high=10, default=1) == -1
    assert given.number("m", low=0, high=10, default=7) == 7
