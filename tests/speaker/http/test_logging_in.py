"""People and programs show who they are by a password: Digest by HTTP, Basic by HTTPS."""

import base64
from pathlib import Path

import httpx
import pytest

from tests.speaker.http.serving import Served, serving
from tests.speaker.http.visitors import ADMINISTRATOR, DEVICE, add, digest, set_up, visitor

STATE = "/api/v1/state"
HTTPS = f"https://{DEVICE}"


def challenges(reply: httpx.Response) -> list[str]:
    """The first words of each challenge: scheme and algorithm."""
    said = []
    for each in reply.headers.get_list("WWW-Authenticate"):
        scheme, _, rest = each.partition(" ")
        algorithm = next((part for part in rest.split(", ") if part.startswith("algorithm")), "")
        said.append(f"{scheme} {algorithm}".strip())
    return said


DIGEST = ["Digest algorithm=MD5", "Digest algorithm=SHA-256", "Digest algorithm=MD5"]


@pytest.mark.parametrize(
    ("policy", "by_http", "by_https"),
    [
        ("Recommended", DIGEST, ["Basic"]),
        ("Basic", ["Basic"], ["Basic"]),
        ("Digest", DIGEST, DIGEST),
        ("Basic_Digest", DIGEST, [*DIGEST, "Basic"]),
    ],
)
async def test_the_policy_says_what_is_asked_for(
    tmp_path: Path, policy: str, by_http: list[str], by_https: list[str]
) -> None:
    """MD5 comes first and last: clients that know no other take one of those, whatever it is."""
    async with serving(tmp_path, f"http.authentication_policy={policy}") as served:
        await set_up(served)
        async with visitor(served) as http, visitor(served, url=HTTPS) as https:
            assert challenges(await http.get(STATE)) == by_http
            assert challenges(await https.get(STATE)) == by_https


async def test_digest_is_not_taken_where_it_was_not_asked_for(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await set_up(served)
        name, password = ADMINISTRATOR
        async with visitor(served, auth=httpx.BasicAuth(name, password)) as http:
            assert (await http.get(STATE)).status_code == 401
        async with visitor(served, auth=httpx.BasicAuth(name, password), url=HTTPS) as https:
            assert (await https.get(STATE)).status_code == 200


async def test_one_challenge_serves_many_requests(tmp_path: Path) -> None:
    """Clients go on with the nonce that they have, and count."""
    async with serving(tmp_path) as served:
        await set_up(served)
        async with visitor(served, auth=digest(*ADMINISTRATOR)) as http:
            replies = [await http.get(STATE, params={"a": "b c/%"}) for _ in range(5)]
    assert [len(reply.history) for reply in replies] == [1, 0, 0, 0, 0]
    assert {reply.status_code for reply in replies} == {200}


async def test_a_role_that_is_too_low_is_told_403(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await set_up(served)
        await add(served, "frank", "x", "viewer")
        async with visitor(served, auth=digest("frank", "x")) as http:
            assert (await http.get(STATE)).status_code == 200
            assert (await http.post("/api/v1/call", json={"uri": "sip:a@b"})).status_code == 403


@pytest.mark.parametrize(
    "credentials", ["", "Basic", "Basic !", "Basic YQ==", "Digest", "Digest a"]
)
@pytest.mark.parametrize("url", [f"http://{DEVICE}", HTTPS])
async def test_credentials_without_sense_are_none(
    shared: Served, url: str, credentials: str
) -> None:
    async with visitor(shared, url=url) as http:
        reply = await http.get(STATE, headers={"Authorization": credentials})
        assert reply.status_code == 401
        assert challenges(reply)


async def test_a_password_holds_every_printable_character(tmp_path: Path) -> None:
    password = "".join(map(chr, range(32, 96)))
    async with serving(tmp_path) as served:
        await set_up(served)
        await add(served, "frank", password, "viewer")
        basic = base64.b64encode(f"frank:{password}".encode()).decode()
        async with visitor(served, auth=digest("frank", password)) as http:
            assert (await http.get(STATE)).status_code == 200
        async with visitor(served, url=HTTPS) as https:
            headers = {"Authorization": f"bAsIc  {basic}"}
            assert (await https.get(STATE, headers=headers)).status_code == 200


async def test_our_own_page_is_asked_in_a_way_that_opens_no_window(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await set_up(served)
        async with visitor(served) as http:
            reply = await http.get(STATE, headers={"X-CSRF-Token": ""})
            assert challenges(reply) == ["Session"]


async def test_everybody_is_a_viewer_where_that_is_allowed(tmp_path: Path) -> None:
    async with serving(tmp_path, "http.allow_anonymous_viewing=true") as served:
        async with visitor(served) as http:
            assert (await http.get(STATE)).status_code == 401, "not before there is somebody else"
            await set_up(served)
            assert (await http.get(STATE)).status_code == 200
            assert (await http.post("/api/v1/call", json={"uri": "sip:a@b"})).status_code == 401
            wrong = {"Authorization": "Digest x"}
            assert (await http.get(STATE, headers=wrong)).status_code == 401
        async with visitor(served, auth=digest(*ADMINISTRATOR)) as http:
            await http.get("/api/v1/accounts")
            assert (await http.get("/api/v1/session")).json()["name"] == "admin"


async def test_what_leads_nowhere_is_nobodys_secret(shared: Served) -> None:
    async with visitor(shared) as http:
        assert (await http.post("/axis-cgi/nothing.cgi", content="a=b")).status_code == 404


async def test_after_another_serial_number_a_login_by_password_brings_digest_back(
    tmp_path: Path,
) -> None:
    """What is kept for Digest is good for one realm, and that names the serial number."""
    async with serving(tmp_path) as served, served.local() as local:
        await set_up(served)
        change = {"serial": "ACCC8E012345"}
        assert (await local.patch("/api/v1/settings/device", json=change)).status_code == 200
        name, password = ADMINISTRATOR
        async with visitor(served, auth=digest(name, password)) as http:
            reply = await http.get(STATE)
            assert reply.status_code == 401
            assert 'realm="AXIS_ACCC8E012345"' in reply.headers["WWW-Authenticate"]
            body = {"name": name, "password": password}
            assert (await http.post("/api/v1/session", json=body)).status_code == 200
        async with visitor(served, auth=digest(name, password)) as http:
            assert (await http.get(STATE)).status_code == 200


async def test_other_rules_against_guessing_count_at_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as local:
        await set_up(served)
        change = {"brute_force": {"page_count": 2}}
        assert (await local.patch("/api/v1/settings/http", json=change)).status_code == 200
        async with visitor(served) as http:
            wrong = {"Authorization": "Digest x"}
            statuses = [(await http.get(STATE, headers=wrong)).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
