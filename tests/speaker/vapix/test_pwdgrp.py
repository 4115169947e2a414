"""`pwdgrp.cgi` and `usergroup.cgi`: the words of the System settings document."""

import random
from pathlib import Path
from urllib.parse import urlencode

import httpx

from tests.speaker.http.serving import Served, serving
from tests.speaker.http.visitors import ADMINISTRATOR, DEVICE, digest, set_up, visitor

PWDGRP = "/axis-cgi/pwdgrp.cgi"
FIRST = {
    "action": "add",
    "user": "root",
    "pwd": "pass phrase",
    "grp": "users",
    "sgrp": "viewer:operator:admin:ptz",
}


def administrator(served: Served) -> httpx.AsyncClient:
    return visitor(served, auth=digest(*ADMINISTRATOR))


async def posted(http: httpx.AsyncClient, **arguments: str) -> httpx.Response:
    """As the library `axis` does it: a form that says it is plain text."""
    return await http.post(
        PWDGRP, content=urlencode(arguments), headers={"Content-Type": "text/plain"}
    )


async def said(http: httpx.AsyncClient, **arguments: str) -> str:
    """The sentence of a reply with status 200."""
    reply = await posted(http, **arguments)
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"].startswith("text/html")
    lines = [line for line in reply.text.splitlines() if line and not line.startswith("<")]
    assert len(lines) == 1
    return lines[0]


async def test_the_first_administrator_needs_no_login(tmp_path: Path) -> None:
    """System settings, example 1; the library sends its groups in an order of its own."""
    async with serving(tmp_path) as served, visitor(served) as http:
        assert await said(http, **FIRST) == "Created account root."
        assert (await posted(http, **FIRST)).status_code == 401
    async with (
        serving(tmp_path) as served,
        visitor(served, auth=digest("root", "pass phrase")) as http,
    ):
        assert (await http.get("/api/v1/state")).status_code == 200


NOT_INITIAL = (
    {"sgrp": "admin:operator:viewer"},
    {"sgrp": "operator:viewer:ptz"},
    {"sgrp": ""},
    {"pwd": ""},
    {"pwd": "x" * 65},
    {"pwd": "pässword"},
    {"user": ""},
    {"user": "no one"},
    {"user": "fifteenletters0"},
    {"grp": "wheel"},
)


async def test_only_a_valid_first_administrator_is_added(tmp_path: Path) -> None:
    """System settings, example 11."""
    async with serving(tmp_path) as served, visitor(served) as http:
        for wrong in NOT_INITIAL:
            reply = await posted(http, **(FIRST | wrong))
            assert reply.status_code == 401, wrong
            assert "Error: not a valid initial admin user." in reply.text.splitlines()
            assert reply.headers["Content-Type"].startswith("text/html")
            assert reply.headers["WWW-Authenticate"].startswith("Digest ")
            assert not served.device.accounts.all()


async def test_before_that_nothing_else_is_done(tmp_path: Path) -> None:
    """System settings, example 12."""
    async with serving(tmp_path) as served, visitor(served) as http:
        actions = ("get", "update", "remove", "nonsense", "")
        replies = [await posted(http, **(FIRST | {"action": action})) for action in actions]
        for reply in (*replies, await http.get("/axis-cgi/usergroup.cgi")):
            assert reply.status_code == 401
            assert "Error: initial admin user must be created first." in reply.text.splitlines()
            assert reply.headers["WWW-Authenticate"].startswith("Digest ")


async def test_a_page_of_another_site_cannot_make_the_first_administrator(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        async with visitor(served) as http:
            headers = {"Content-Type": "text/plain", "Origin": "http://evil.example"}
            reply = await http.post(PWDGRP, content=urlencode(FIRST), headers=headers)
            assert reply.status_code == 403
        async with visitor(served, url="http://rebound.evil.example") as http:
            assert (await http.get(PWDGRP, params=FIRST)).status_code == 401
        assert not served.device.accounts.all()


async def test_accounts_are_added_changed_and_removed(tmp_path: Path) -> None:
    """System settings, examples 2 to 4."""
    async with serving(tmp_path) as served:
        await set_up(served)
        async with administrator(served) as http:
            joe = {"user": "joe", "pwd": "foo", "grp": "users", "comment": "Joe"}
            roles = {"sgrp": "admin:operator:viewer:ptz"}
            assert await said(http, action="add", **joe, **roles) == "Created account joe."
            assert await said(http, action="update", user="joe", pwd="bar") == (
                "Modified account joe."
            )
            async with visitor(served, auth=digest("joe", "bar")) as joes:
                reply = await joes.get("/axis-cgi/usergroup.cgi")
                assert reply.text == "joe\r\nadmin operator ptz viewer\r\n"
            assert await said(http, action="remove", user="joe") == "Removed account joe."
            assert served.device.accounts.get("joe") is None


async def test_groups_are_listed_with_everybody_in_them(tmp_path: Path) -> None:
    """System settings, example 5: an administrator is in the lower groups, too."""
    async with serving(tmp_path) as served:
        await set_up(served)
        async with administrator(served) as http:
            for user, sgrp in (("ellen", "ptz:viewer:operator"), ("frank", "viewer")):
                await posted(http, action="add", user=user, pwd="x", grp="users", sgrp=sgrp)
            reply = await posted(http, action="get")
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert reply.text.split("\r\n") == [
        'admin="admin"',
        'operator="admin,ellen"',
        'viewer="admin,ellen,frank"',
        'ptz="admin,ellen"',
        'digusers="admin,ellen,frank"',
        "",
    ]


WRONG: tuple[tuple[dict[str, str], str], ...] = (
    ({}, "Error: action operation type."),
    ({"action": "delete", "user": "joe"}, "Error: action operation type."),
    ({"action": "add", "pwd": "x"}, "Error: account user name."),
    ({"action": "remove", "user": "jo-e"}, "Error: account user name."),
    ({"action": "update", "user": "jöe"}, "Error: account user name."),
    ({**FIRST, "user": "admin"}, "Error: malformed action operation, add."),
    ({"action": "update", "user": "joe"}, "Error: malformed action operation, update."),
    ({"action": "remove", "user": "joe"}, "Error: malformed action operation, remove."),
    ({"action": "remove", "user": "admin"}, "Error: malformed action operation, remove."),
    ({**FIRST, "grp": "root"}, "Error: consult the system log file."),
    ({**FIRST, "sgrp": "wheel"}, "Error: consult the system log file."),
    ({**FIRST, "pwd": "x" * 65, "strict_pwd": "1"}, "Error: consult the system log file."),
    ({"action": "add", "user": "joe", "pwd": "x"}, "Error: consult the system log file."),
)


async def test_what_is_wrong_is_said_in_the_words_of_the_document(tmp_path: Path) -> None:
    """System settings, examples 7 to 10."""
    async with serving(tmp_path) as served:
        await set_up(served)
        async with administrator(served) as http:
            for arguments, words in WRONG:
                assert await said(http, **arguments) == words, arguments
        assert [each.name for each in served.device.accounts.all()] == ["admin"]


async def test_only_administrators_manage_accounts(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await set_up(served)
        async with administrator(served) as http:
            operator = {"user": "ellen", "pwd": "x", "sgrp": "operator:viewer"}
            await posted(http, action="add", **operator)
        async with visitor(served) as http:
            assert (await posted(http, action="get")).status_code == 401
        async with visitor(served, auth=digest("ellen", "x")) as http:
            assert (await posted(http, action="get")).status_code == 403
            assert (await http.get("/axis-cgi/usergroup.cgi")).text == (
                "ellen\r\noperator viewer\r\n"
            )


NAMES = ["action", "user", "pwd", "grp", "sgrp", "comment", "strict_pwd", "", "\0", "x" * 300]
VALUES = [
    *("add", "update", "remove", "get", "joe", "admin", "users", "root", "viewer", "::", "1", ""),
    *("admin:operator:viewer:ptz", "=", "&", "%", "%zz", "\0", "\n", "\ud800", "é", "<b>"),
    *("x" * 64, "x" * 5000),
]


async def test_whatever_it_is_asked_it_answers_in_words(tmp_path: Path) -> None:
    dice = random.Random(1414)
    async with serving(tmp_path) as served:
        await set_up(served)
        async with served.local() as http:
            for _ in range(300):
                pairs = [
                    (dice.choice(NAMES), dice.choice(VALUES)) for _ in range(dice.randrange(7))
                ]
                asked = urlencode(pairs, errors="surrogatepass")
                by_get = dice.random() < 0.5
                reply = await (
                    http.get(f"{PWDGRP}?{asked}") if by_get else http.post(PWDGRP, content=asked)
                )
                assert reply.status_code in (200, 400), asked
                assert "<b>" not in reply.text
        assert served.device.accounts.has_administrator


async def test_a_browser_has_to_say_which_page_makes_the_first_administrator(
    tmp_path: Path,
) -> None:
    """An image on any page could make one, in the browser of somebody nearby."""
    browser = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}
    async with serving(tmp_path) as served, visitor(served) as http:
        assert (await http.get(PWDGRP, params=FIRST, headers=browser)).status_code == 403
        assert not served.device.accounts.has_administrator
        ours = browser | {"Origin": f"http://{DEVICE}"}
        assert (await http.get(PWDGRP, params=FIRST, headers=ours)).status_code == 200
