"""Settings over HTTP: each section and each entry, told without secrets, changed as a whole."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from conf.accounts.role import Role
from conf.tables.setting_places import places
from conf.values.secret import HIDDEN
from speaker.api.settings import role_to_change
from tests.speaker.http.serving import serving
from tests.speaker.http.visitors import digest, set_up, visitor

BASE = "/api/v1/settings"
PBX = {
    "id": "pbx",
    "mode": "registered",
    "user_id": "100",
    "registrar": "127.0.0.1:1",
    "password": "correct horse",
    "active": False,
}


def problems(answer: httpx.Response) -> list[str]:
    return [f"{each['key']}: {each['rule']}" for each in answer.json()["problems"]]


async def test_all_settings_and_each_section_are_told(tmp_path: Path) -> None:
    async with serving(tmp_path, "sip.max_calls=3") as served, served.local() as http:
        whole = (await http.get(BASE)).json()
        assert whole["sip"]["max_calls"] == 3
        for place in places():
            here: Any = whole
            for part in place.path:
                here = here[part]
            assert (await http.get(f"{BASE}/{'/'.join(place.path)}")).json() == here


async def test_each_device_of_a_process_has_its_own_settings(tmp_path: Path) -> None:
    async with (
        serving(tmp_path / "one") as one,
        serving(tmp_path / "other") as other,
        one.local() as http_of_one,
        other.local() as http_of_other,
    ):
        assert (await http_of_one.patch(f"{BASE}/sip", json={"max_calls": 3})).status_code == 200
        assert (await http_of_one.get(f"{BASE}/sip")).json()["max_calls"] == 3
        assert (await http_of_other.get(f"{BASE}/sip")).json()["max_calls"] != 3


async def test_a_secret_is_not_told_and_stays_when_it_comes_back_hidden(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        assert (await http.post(f"{BASE}/sip/accounts", json=PBX)).status_code == 201
        told = (await http.get(f"{BASE}/sip/accounts/pbx")).json()
        assert told["password"] == HIDDEN
        for path in ("", "/sip", "/sip/accounts"):
            assert "correct horse" not in (await http.get(BASE + path)).text
        told["name"] = "Exchange"
        assert (await http.put(f"{BASE}/sip/accounts/pbx", json=told)).status_code == 200
        kept = served.device.store.settings.sip.accounts[1]
    assert (kept.name, kept.password.reveal()) == ("Exchange", "correct horse")


async def test_a_change_is_merged_and_counts(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.patch(f"{BASE}/sip", json={"max_calls": 3})
        assert answer.json()["max_calls"] == 3
        assert served.device.store.settings.sip.max_calls == 3
        both = {"sip": {"max_calls": None}, "audio": {"output_gain_db": -6}}
        answer = await http.patch(BASE, json=both)
        assert answer.json()["sip"]["max_calls"] == 1
        assert answer.json()["audio"]["output_gain_db"] == -6


async def test_a_section_is_replaced_with_defaults_for_what_is_left_out(tmp_path: Path) -> None:
    async with serving(tmp_path, "audio.input_gain_db=3") as served, served.local() as http:
        answer = await http.put(f"{BASE}/audio", json={"output_gain_db": -3})
    told = answer.json()
    assert (told["output_gain_db"], told["input_gain_db"]) == (-3, 0)


async def test_every_value_that_breaks_a_rule_is_named_and_nothing_changes(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        change = {"max_calls": 0, "calling_timeout_s": 5, "cdecs": []}
        answer = await http.patch(f"{BASE}/sip", json=change)
        assert answer.status_code == 422
        assert problems(answer) == [
            "sip.max_calls: is outside 1..64",
            "sip.cdecs: is not a setting; did you mean `codecs`?",
        ]
        assert answer.json()["detail"].startswith("sip.max_calls: 0 is outside 1..64")
        assert served.device.store.settings.sip.calling_timeout_s == 60


async def test_what_the_command_line_fixes_cannot_be_changed(tmp_path: Path) -> None:
    async with serving(tmp_path, fixed=["sip.max_calls=2"]) as served, served.local() as http:
        answer = await http.patch(f"{BASE}/sip", json={"max_calls": 3})
        assert (answer.status_code, problems(answer)) == (409, ["sip.max_calls: is fixed by --set"])
        fixed = (await http.get(f"{BASE}/fixed")).json()["fixed"]
        assert fixed == {"sip.max_calls": "--set"}


async def test_whoever_was_slower_is_told_and_overwrites_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        seen = (await http.get(f"{BASE}/audio")).headers["etag"]
        headers = {"If-Match": seen}
        first = await http.patch(f"{BASE}/audio", json={"output_gain_db": -3}, headers=headers)
        assert first.status_code == 200
        late = await http.put(f"{BASE}/audio", json={}, headers=headers)
        assert late.status_code == 412
        assert served.device.store.settings.audio.output_gain_db == -3
        again = {"If-Match": f'W/"other", {first.headers["etag"]}'}
        assert (await http.put(f"{BASE}/audio", json={}, headers=again)).status_code == 200


async def test_a_revision_of_another_run_is_none_of_this_one(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        one = (await http.get(BASE)).headers["etag"]
    async with serving(tmp_path) as served, served.local() as http:
        assert (await http.get(BASE)).headers["etag"] != one


async def test_an_entry_comes_is_changed_and_goes(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        added = await http.post(f"{BASE}/sip/accounts", json=PBX)
        assert added.headers["location"] == f"{BASE}/sip/accounts/pbx"
        changed = await http.patch(f"{BASE}/sip/accounts/pbx", json={"name": "Exchange"})
        assert changed.json()["name"] == "Exchange"
        assert served.device.store.settings.sip.accounts[1].password.reveal() == "correct horse"
        assert (await http.delete(f"{BASE}/sip/accounts/pbx")).status_code == 204
        assert (await http.get(f"{BASE}/sip/accounts/pbx")).status_code == 404
        assert (await http.delete(f"{BASE}/sip/accounts/pbx")).status_code == 404


async def test_the_last_account_stays(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.delete(f"{BASE}/sip/accounts/peer_to_peer")
    assert answer.status_code == 422
    assert "sip.accounts: has 0 entries, which is outside 1..64" in problems(answer)


async def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        await http.post(f"{BASE}/sip/accounts", json=PBX)
        answer = await http.post(f"{BASE}/sip/accounts", json=PBX)
        missing = await http.post(f"{BASE}/sip/accounts", json={"name": "nameless"})
    assert "sip.accounts[2].id: is already used by sip.accounts[1]" in problems(answer)
    assert problems(missing) == ["sip.accounts[].id: is missing"]


@pytest.mark.parametrize("name", ["lunch / dinner", "50 %", "a?b#c", "Tür"])
async def test_a_name_may_hold_whatever_an_address_may_not(tmp_path: Path, name: str) -> None:
    rule = {
        "name": name,
        "conditions": [{"condition": "device.ready", "is": True}],
        "action": [{"type": "hang_up"}],
        "enabled": False,
    }
    async with serving(tmp_path) as served, served.local() as http:
        added = await http.post(f"{BASE}/rules", json=rule)
        told = await http.get(added.headers["location"])
    assert told.json()["name"] == name


async def test_a_change_can_be_tried_without_making_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        good = await http.post(f"{BASE}/check", json={"sip": {"port": 5070}})
        bad = await http.post(f"{BASE}/check", json={"sip": {"port": 70000}})
        assert (good.status_code, good.json()) == (200, {"ok": True})
        assert problems(bad) == ["sip.port: is outside 0..65535"]
        assert served.device.store.settings.sip.port == 0


async def test_an_export_with_a_password_brings_everything_back(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        await http.post(f"{BASE}/sip/accounts", json=PBX)
        password = {"password": "battery staple"}
        toml = (await http.post(f"{BASE}/export", json=password)).text
        assert "correct horse" not in toml
        await http.delete(f"{BASE}/sip/accounts/pbx")
        wrong = await http.post(f"{BASE}/import", json={"toml": toml, "password": "x" * 9})
        assert wrong.status_code == 422
        answer = await http.post(f"{BASE}/import", json={"toml": toml, **password})
        assert answer.json()["sip"]["accounts"][1]["id"] == "pbx"
        assert served.device.store.settings.sip.accounts[1].password.reveal() == "correct horse"


async def test_who_may_log_in_comes_back_with_an_export_or_stays(tmp_path: Path) -> None:
    """Whoever imports is answered, even if that was the last thing that they could do."""
    password = {"password": "battery staple"}
    async with serving(tmp_path / "gate") as gate, gate.local() as http:
        await set_up(gate)
        token = (await http.post("/api/v1/tokens", json={"name": "nas", "role": "viewer"})).json()
        toml = (await http.post(f"{BASE}/export", json=password)).text
        last = (await http.get("/api/v1/audit", params={"tail": 1})).json()["entries"][0]
        assert last["what"] == "exported the settings with their secrets"
    async with serving(tmp_path / "other") as other, visitor(other) as anybody:
        await anybody.post("/api/v1/setup", json={"name": "temp", "password": "x"})
        async with visitor(other, auth=digest("temp", "x")) as http:
            body = {"toml": toml, **password}
            kept = await http.post(f"{BASE}/import", json={**body, "keep_accounts": True})
            assert kept.status_code == 200
            assert [each.name for each in other.device.accounts.all()] == ["temp"]
            assert (await http.post(f"{BASE}/import", json=body)).status_code == 200
            assert [each.name for each in other.device.accounts.all()] == ["admin"]
            assert (await http.get(BASE)).status_code == 401
        async with other.client(token=token["token"]) as http:
            assert (await http.get("/api/v1/state")).status_code == 200
            assert (await http.get(BASE)).status_code == 403


async def test_who_changed_what_is_written_down(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        await http.patch(f"{BASE}/sip", json={"max_calls": 3})
        last = (await http.get("/api/v1/audit", params={"tail": 1})).json()["entries"]
    assert [(each["who"], each["address"], each["what"]) for each in last] == [
        ("local", "192.0.2.77", "changed: sip.max_calls")
    ]


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "\\ud800"}',
        '{"port": 1e999}',
        '{"port": ' + "9" * 4000 + "}",
        '{"\\u0000": 1, "": 2, "a.b": 3, "[0]": 4}',
        '{"accounts": [[[[]]], null, 1]}',
        '{"accounts": ' + "[" * 200 + "]" * 200 + "}",
        '{"nat": null, "accounts": {"0": {}}}',
    ],
)
async def test_nonsense_is_the_senders_fault(tmp_path: Path, body: str) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        for method in ("PATCH", "PUT"):
            for path in ("/sip", "/device"):
                answer = await http.request(
                    method, BASE + path, content=body, headers={"content-type": "application/json"}
                )
                assert answer.status_code == 422, (method, path, answer.text)


def test_settings_of_the_system_are_for_administrators() -> None:
    roles = {place.path[0]: role_to_change(place) for place in places()}
    for_administrators = {key for key, role in roles.items() if role is Role.ADMINISTRATOR}
    of_the_system = {"device", "brand", "http", "time"}
    whom_it_asks = {"recipients", "global_proxies", "log_mail"}
    assert for_administrators == of_the_system | whom_it_asks
