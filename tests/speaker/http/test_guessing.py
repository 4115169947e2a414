"""Who guesses passwords is blocked; others get in."""

import asyncio
import base64
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from conf.sections.brute_force import BruteForceSettings
from tests.speaker.http.guarded import PASSWORD, Guarded, guarded, handled, scope

ATTACKER, OTHER = "203.0.113.5", "192.0.2.9"
RIGHT = httpx.BasicAuth("admin", PASSWORD)


def basic(password: str, name: str = "admin") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


async def status(device: Guarded, address: str, authorization: str) -> int:
    """Of the answer to one request."""
    asked = scope("GET", "/administer", client=address, scheme="https", authorization=authorization)
    return int((await handled(device, asked))[0]["status"])


def with_brute_force(device: Guarded, **settings: int | bool) -> None:
    rules = BruteForceSettings.model_validate(settings)
    device.settings = device.settings.model_copy(update={"brute_force": rules})


async def test_ten_thousand_wrong_logins_are_blocked_as_set(tmp_path: Path) -> None:
    """100 a second for 100 s: of each minute ten are looked at, and the administrator gets in."""
    with guarded(tmp_path) as device:
        statuses: Counter[int] = Counter()
        right = basic(PASSWORD)["Authorization"]
        for number in range(10_000):
            device.now = number / 100
            guess = basic(f"guess {number}")["Authorization"]
            statuses[await status(device, ATTACKER, guess)] += 1
            if number % 100 == 0:
                assert await status(device, OTHER, right) == 200
    # 60 s after the tenth, at 60.09 s, there are ten more.
    assert statuses == {401: 18, 429: 9_982}
    assert len(device.happened) == 20


async def test_a_blocked_address_is_told_for_how_long_and_costs_no_password_work(
    tmp_path: Path,
) -> None:
    with guarded(tmp_path) as device:
        with_brute_force(device, page_count=2, block_period_s=30)
        async with device.client(ATTACKER, "https") as http:
            for _ in range(2):
                await http.get("/administer", headers=basic("wrong"))
            device.now = 10.5
            begun = time.process_time()
            replies = [await http.get("/administer", headers=basic("wrong")) for _ in range(20)]
            assert time.process_time() - begun < 20 * 0.03, "less than a slow hash"
            assert {reply.status_code for reply in replies} == {429}
            assert {reply.headers["Retry-After"] for reply in replies} == {"20"}
            assert (await http.get("/administer", auth=RIGHT)).status_code == 429
            assert (await http.get("/administer")).status_code == 429
            device.now = 30.0
            assert (await http.get("/administer", auth=RIGHT)).status_code == 200


async def test_many_at_once_are_looked_at_one_after_the_other(tmp_path: Path) -> None:
    """Else all of them would be through before the first failure is counted."""
    with guarded(tmp_path) as device:
        with_brute_force(device, page_count=3)
        async with device.client(ATTACKER, "https") as http:
            replies = await asyncio.gather(
                *(http.get("/administer", headers=basic(f"guess {n}")) for n in range(40))
            )
    # The third of them is blocked; those beyond the queue are told to come again.
    statuses = Counter(reply.status_code for reply in replies)
    assert statuses[401] == 2
    assert statuses[401] + statuses[429] + statuses[503] == 40
    assert len(device.happened) == 3


async def test_many_at_once_with_the_right_password_all_get_in(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        async with device.client(OTHER, "https") as http:
            replies = await asyncio.gather(*(http.get("/view", auth=RIGHT) for _ in range(16)))
    assert {reply.status_code for reply in replies} == {200}


async def test_wrong_digests_count_like_wrong_passwords(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        with_brute_force(device, page_count=3)
        async with device.client(ATTACKER, auth=httpx.DigestAuth("admin", "wrong")) as http:
            statuses = [(await http.get("/administer")).status_code for _ in range(5)]
            assert len(device.happened) == 3
    assert statuses == [401, 401, 429, 429, 429], "httpx tries twice from the second time on"


async def test_a_first_request_without_a_login_is_no_failure(tmp_path: Path) -> None:
    """The library `axis` sends one before each request."""
    with guarded(tmp_path) as device:
        async with device.client(OTHER) as http:
            assert {(await http.get("/view")).status_code for _ in range(100)} == {401}
        assert not device.happened


async def test_a_page_is_blocked_before_the_device_is(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        with_brute_force(device, page_count=2, device_count=4)
        async with device.client(ATTACKER, "https") as http:
            for _ in range(2):
                await http.get("/administer", headers=basic("wrong"))
            assert (await http.get("/administer", headers=basic("wrong"))).status_code == 429
            assert (await http.get("/view", headers=basic("wrong"))).status_code == 401
            await http.get("/view", headers=basic("wrong"))
            assert (await http.post("/view", headers=basic("wrong"))).status_code == 429


async def test_sessions_tokens_and_the_machine_itself_get_in_from_a_blocked_address(
    tmp_path: Path,
) -> None:
    """They cannot be guessed, and somebody else may share the address."""
    with guarded(tmp_path) as device:
        with_brute_force(device, page_count=1)
        account = device.accounts.get("admin")
        assert account is not None
        cookie, _ = device.logins.sessions.begin(account, device.now)
        token = device.tokens.add("monitor", account.role, by="admin", wall=0.0)
        async with device.client(ATTACKER, "https") as http:
            await http.get("/view", headers=basic("wrong"))
            assert (await http.get("/view", headers=basic("wrong"))).status_code == 429
            for headers in (
                {"Cookie": f"__Host-session_1={cookie}"},
                {"Authorization": f"Bearer {token}"},
                {"Authorization": "Bearer of this machine"},
            ):
                assert (await http.get("/view", headers=headers)).status_code == 200


async def test_a_wrong_token_counts(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        with_brute_force(device, page_count=2)
        async with device.client(ATTACKER) as http:
            headers = {"Authorization": "Bearer speaker_guess"}
            statuses = [(await http.get("/view", headers=headers)).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


async def test_failures_are_told_with_user_and_address_but_not_without_end(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        with_brute_force(device, enabled=False)
        async with device.client(ATTACKER, auth=httpx.DigestAuth("eve\x1b[2J", "x")) as http:
            for _ in range(200):
                await http.get("/view")
    assert 40 <= len(device.happened) <= 60
    told = device.happened[0]
    assert told.name == "login.failed"
    assert dict(told.attributes) == {"user": "eve\x1b[2J", "address": ATTACKER}


async def test_a_password_that_is_changed_meanwhile_is_wrong(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        login = asyncio.create_task(device.logins.account_with("admin", PASSWORD, OTHER, "/"))
        for _ in range(5):
            await asyncio.sleep(0)  # until the slow hash is being computed
        device.accounts.change("admin", password="another", by="admin")
        assert await login is None


@pytest.mark.parametrize("name", ["admin", "nobody"])
async def test_a_name_that_is_unknown_is_as_slow_as_one_that_is_known(
    tmp_path: Path, name: str
) -> None:
    with guarded(tmp_path) as device:
        async with device.client(ATTACKER, "https") as http:
            begun = time.process_time()
            reply = await http.get("/view", headers=basic("wrong", name))
            assert reply.status_code == 401
            assert time.process_time() - begun > 0.015, "a slow hash was computed"


async def test_guesses_where_there_is_no_page_block_none(tmp_path: Path) -> None:
    """Else ten requests of a misled client would shut its whole address out of every page."""
    with guarded(tmp_path) as device:
        async with device.client(ATTACKER, "https") as http:
            for _ in range(10):
                await http.get("/nowhere", headers={"Authorization": "Bearer nonsense"})
            assert (await http.get("/administer", auth=RIGHT)).status_code == 200
