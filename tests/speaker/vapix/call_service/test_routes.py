"""`/vapix/call` against a real device: forms of commands, faults, accounts, calls."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.speaker.http.serving import QUIET, Served, changed, serving

CALL = "/vapix/call"
PBX = (
    '{id="pbx", default=true, mode="registered", user_id="100", registrar="127.0.0.1:9",'
    ' password="very secret", transport="auto"}'
)


SETTINGS = (
    f'sip.accounts=[{PBX}, {{id="door", answer_automatically=false}}]',
    "sip.max_calls=2",
    *QUIET,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def device_of_all(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serving(tmp_path_factory.mktemp("device"), *SETTINGS) as device:
        yield device


@pytest_asyncio.fixture(loop_scope="module")
async def served(device_of_all: Served) -> Served:
    """The device, as if nothing had been changed."""
    store, sip = device_of_all.device.store, changed(SETTINGS)["sip"]
    await asyncio.to_thread(store.replace, "sip", sip, by="test")
    return device_of_all


@pytest_asyncio.fixture(loop_scope="module")
async def http(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with served.local() as client:
        yield client


async def give(http: httpx.AsyncClient, command: str, **params: object) -> Any:
    """What a command brings that works."""
    response = await http.post(CALL, json={f"axcall:{command}": params})
    assert response.status_code == 200, response.text
    return response.json()


async def fault(http: httpx.AsyncClient, command: str, **params: object) -> str | None:
    """The sub code of a command that does not."""
    response = await http.post(CALL, json={f"axcall:{command}": params})
    assert response.status_code == 400, response.text
    told = response.json()
    assert told.keys() == {"Fault", "FaultCode", "FaultSubCode", "FaultReason", "FaultMsg"}
    assert told["FaultReason"]
    assert told["FaultMsg"] is None
    code: str | None = told["FaultSubCode"]
    return code


# --- forms -------------------------------------------------------------------------------------


async def test_a_command_comes_in_any_form(http: httpx.AsyncClient) -> None:
    expected = {
        "SIPAccount": (await give(http, "GetSIPAccount", SIPAccountId="door"))["SIPAccount"]
    }
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    wanted = '{"SIPAccountId": "door"}'
    for method, address, body in (
        ("POST", CALL, '{"axcall:GetSIPAccount": {"SIPAccountId": "door"}}'),
        ("POST", CALL, ' {"GetSIPAccount": {"SIPAccountId": "door"}}\n'),
        ("POST", f"{CALL}/GetSIPAccount", wanted),
        ("POST", f"{CALL}?action=axcall:GetSIPAccount", wanted),
        ("GET", f"{CALL}/GetSIPAccount?SIPAccountId=door", ""),
        ("POST", f"{CALL}/GetSIPAccount", "SIPAccountId=%22door%22"),
    ):
        response = await http.request(method, address, content=body, headers=form)
        assert response.status_code == 200, response.text
        assert response.json() == expected, address


async def test_the_simple_form_is_answered_in_lines(http: httpx.AsyncClient) -> None:
    address = f"{CALL}?format=simple&action=axcall:GetSIPAccountStatus&SIPAccountId=%22door%22"
    for response in (
        await http.get(address),
        await http.post(CALL, content=address.partition("?")[2]),
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/plain")
        lines = response.text.splitlines()
        assert 'SIPAccountStatus_SIPAccountId="door"' in lines
        assert "SIPAccountStatus_IsDefault=false" in lines
        assert 'SIPAccountStatus_StatusText="Does+not+register"' in lines


async def test_the_simple_form_sets_what_has_no_type_in_it(
    served: Served, http: httpx.AsyncClient
) -> None:
    text = (
        "format=simple&action=axcall:SetSIPConfiguration&SIPConfiguration_SIPPort=5099"
        "&SIPConfiguration_AllowIncomingCalls=false&SIPConfiguration_Attribute_0_Name=MaxCallDuration"
        "&SIPConfiguration_Attribute_0_Value=120&SIPConfiguration_AccessList_0=%22sip:a%40b.example%22"
    )
    response = await http.get(f"{CALL}?{text}")
    assert (response.status_code, response.text) == (200, "")
    sip = served.device.store.settings.sip
    assert (sip.port, sip.allow_incoming_calls, sip.end_calls_after_s) == (5099, False, 120)
    assert sip.allowed_callers == ("a@b.example",)


async def test_faults_are_told_in_the_form_of_the_command(http: httpx.AsyncClient) -> None:
    response = await http.get(f"{CALL}?format=simple&action=axcall:GetSIPAccount&SIPAccountId=no")
    assert response.status_code == 400
    assert response.text.splitlines() == [
        'Fault="env:Sender"',
        'FaultCode="ter:InvalidArgVal"',
        'FaultSubCode="ter:NotFound"',
        'FaultReason="there+is+no+account+%22no%22"',
        "FaultMsg=null",
    ]


FAULTS = [
    ("", "ter:InvalidArgs", None),
    ("{", "ter:InvalidArgs", None),
    ("{}", "ter:InvalidArgs", None),
    ('{"axcall:Call": {}, "axcall:TerminateCall": {}}', "ter:InvalidArgs", None),
    ("[1]", "ter:InvalidArgVal", "ter:InvalidArgVal"),
    ('{"axcall:Call": 5}', "ter:InvalidArgVal", "ter:InvalidArgVal"),
    ('{"axcall:Call": {}}', "ter:InvalidArgs", None),
    ('{"axcall:Call": {"To": 5}}', "ter:InvalidArgVal", "ter:InvalidArgVal"),
    ('{"axcall:Call": {"To": "VMS_CALL"}}', "ter:ActionNotSupported", "ter:NotSupported"),
    ('{"axcall:GetDTMFEvents": {}}', "ter:ActionNotSupported", "ter:NotSupported"),
    ('{"axcall:GetVMSCallConfiguration": {}}', "ter:ActionNotSupported", "ter:NotSupported"),
    ("A=1&A_B=2&action=Call", "ter:InvalidArgVal", "ter:InvalidArgVal"),
    ("x" * 60_000, "ter:InvalidArgVal", "ter:InvalidArgVal"),
]


async def test_what_cannot_be_done_is_a_fault(http: httpx.AsyncClient) -> None:
    for body, code, sub_code in FAULTS:
        response = await http.post(CALL, content=body)
        assert response.status_code == 400
        told = response.json()
        assert (told["FaultCode"], told["FaultSubCode"]) == (code, sub_code), told


# --- configuration and accounts ------------------------------------------------------------------


async def test_capabilities_are_those_that_work(http: httpx.AsyncClient) -> None:
    assert (await give(http, "GetServiceCapabilities"))["Capabilities"] == {
        "SIP": True,
        "DTMF": False,
        "AudioCodec": True,
        "MediaEncryption": True,
        "Certificate": True,
        "Attribute": True,
    }


async def test_keep_current_says_what_becomes_of_the_rest(
    served: Served, http: httpx.AsyncClient
) -> None:
    await give(http, "SetSIPConfiguration", SIPConfiguration={"CallingTimeout": 30})
    await give(http, "SetSIPConfiguration", SIPConfiguration={"AnsweringTimeout": 20})
    sip = served.device.store.settings.sip
    assert (sip.calling_timeout_s, sip.incoming_call_duration_s) == (30, 20)
    await give(
        http, "SetSIPConfiguration", SIPConfiguration={"AnsweringTimeout": 25}, KeepCurrent=False
    )
    sip = served.device.store.settings.sip
    assert (sip.calling_timeout_s, sip.incoming_call_duration_s) == (60, 25)
    assert {each.id for each in sip.accounts} == {"pbx", "door"}


async def test_a_broken_rule_is_named_and_nothing_is_changed(
    served: Served, http: httpx.AsyncClient
) -> None:
    wanted = {"SIPConfiguration": {"CallingTimeout": 700, "AnsweringTimeout": 5}}
    response = await http.post(CALL, json={"axcall:SetSIPConfiguration": wanted})
    told = response.json()
    assert told["FaultSubCode"] == "ter:InvalidArgVal"
    assert told["FaultReason"] == "sip.calling_timeout_s: 700 is outside 1..600"
    assert served.device.store.settings.sip.incoming_call_duration_s == 60


async def test_accounts_are_added_changed_and_removed(
    served: Served, http: httpx.AsyncClient
) -> None:
    new = {"Name": "Gate", "UserId": "7", "Registrar": "other.example", "Password": "p"}
    made = await give(http, "SetSIPAccount", SIPAccount=new)
    assert made == {"SIPAccountId": "sip_account_0"}
    more = [{"Id": "sip_account_0", "Enabled": False}, {"Id": "", "Name": "Yard"}]
    made = await give(http, "SetSIPAccounts", SIPAccount=more)
    assert made == {"SIPAccountId": ["sip_account_0", "sip_account_1"]}
    accounts = {each.id: each for each in served.device.store.settings.sip.accounts}
    assert list(accounts) == ["pbx", "door", "sip_account_0", "sip_account_1"]
    assert accounts["sip_account_0"].password.reveal() == "p"
    assert not accounts["sip_account_0"].active
    assert accounts["pbx"].password.reveal() == "very secret"
    assert accounts["pbx"].transport == "auto"

    await give(http, "RemoveSIPAccounts", SIPAccountId=["sip_account_0", "nobody"])
    await give(http, "RemoveSIPAccount", SIPAccountId="pbx")
    left = served.device.store.settings.sip.accounts
    assert [(each.id, each.default) for each in left] == [("door", True), ("sip_account_1", False)]


async def test_one_account_is_the_default_the_last_that_is_set(
    served: Served, http: httpx.AsyncClient
) -> None:
    await give(http, "SetSIPAccount", SIPAccount={"Id": "door", "IsDefault": True})
    await give(http, "SetSIPAccount", SIPAccount={"Id": "door", "IsDefault": False})
    assert served.device.store.settings.sip.default_account.id == "door"


async def test_without_any_account_there_is_the_first_one_again(
    served: Served, http: httpx.AsyncClient
) -> None:
    await give(http, "RemoveSIPAccounts", SIPAccountId=["pbx", "door"])
    assert [each.id for each in served.device.store.settings.sip.accounts] == ["peer_to_peer"]


async def test_passwords_are_told_to_nobody(http: httpx.AsyncClient) -> None:
    for command in ("GetSIPAccounts", "GetSIPConfiguration", "GetSIPAccountStatuses"):
        assert "secret" not in str(await give(http, command))


async def test_a_whole_account_can_be_read_changed_and_sent_back(
    served: Served, http: httpx.AsyncClient
) -> None:
    account = (await give(http, "GetSIPAccount", SIPAccountId="pbx"))["SIPAccount"]
    await give(http, "SetSIPAccount", SIPAccount=account | {"Name": "Switchboard"})
    (now, _) = served.device.store.settings.sip.accounts
    assert (now.name, now.password.reveal(), now.transport) == (
        "Switchboard",
        "very secret",
        "auto",
    )


async def test_several_accounts_are_changed_all_or_none(
    served: Served, http: httpx.AsyncClient
) -> None:
    more = [{"Id": "door", "Name": "New"}, {"Id": "not an id"}]
    assert await fault(http, "SetSIPAccounts", SIPAccount=more) == "ter:InvalidArgVal"
    assert served.device.store.settings.sip.accounts[1].name == ""


async def test_lists_are_of_those_who_are_named_or_of_all(http: httpx.AsyncClient) -> None:
    for command, key in (
        ("GetSIPAccounts", "SIPAccount"),
        ("GetSIPAccountStatuses", "SIPAccountStatus"),
    ):
        assert len((await give(http, command))[key]) == 2
        assert len((await give(http, command, SIPAccountId=["door", "x"]))[key]) == 1
        assert (await give(http, command, SIPAccountId=["x"]))[key] == []
    assert await fault(http, "GetSIPAccountStatus", SIPAccountId="x") == "ter:NotFound"


async def test_how_accounts_stand(served: Served, http: httpx.AsyncClient) -> None:
    port = served.device.telephony.port
    statuses = (await give(http, "GetSIPAccountStatuses"))["SIPAccountStatus"]
    pbx, door = statuses
    assert pbx["SIPURI"] == "sip:100@127.0.0.1"
    assert pbx["Status"] != 200
    assert door == {
        "SIPAccountId": "door",
        "SIPURI": f"sip:speaker@127.0.0.1:{port}",
        "IsDefault": False,
        "RegURI": "",
        "Status": 0,
        "StatusText": "Does not register",
    }


async def test_codecs_are_a_list_by_priority(served: Served, http: httpx.AsyncClient) -> None:
    assert [each["Name"] for each in (await give(http, "GetAudioCodecs"))["AudioCodec"]] == [
        "opus",
        "G.722",
        "PCMU",
        "PCMA",
    ]
    await give(http, "SetAudioCodecs", AudioCodec=[{"Name": "PCMA"}, {"Name": "G.722"}])
    assert served.device.store.settings.sip.codecs == ("PCMA", "G722")
    assert await fault(http, "SetAudioCodecs", AudioCodec=[]) == "ter:InvalidArgVal"
    assert await fault(http, "SetAudioCodecs", AudioCodec=[{"Name": "G729"}]) == "ter:InvalidArgVal"
    assert await fault(http, "SetAudioCodecs") is None


# --- calls -------------------------------------------------------------------------------------


async def test_a_call_is_placed_told_of_and_ended(http: httpx.AsyncClient) -> None:
    placed = await give(http, "Call", To="sip:100@127.0.0.1:9", SIPAccountId="door")
    call = placed["CallId"]
    assert 0 < len(call) <= 64
    status = (await give(http, "GetCallStatus", CallId=call))["CallStatus"]
    assert status["StartTime"].endswith("Z")
    assert {key: status[key] for key in ("CallState", "CallStateReason", "Direction")} == {
        "CallState": "Calling",
        "CallStateReason": "Initiated",
        "Direction": "Outgoing",
    }
    assert (status["RemoteURI"], status["SIPAccountId"]) == ("sip:100@127.0.0.1:9", "door")
    assert await give(http, "TerminateCall", CallId=call) == {}
    status = (await give(http, "GetCallStatuses", CallId=[call, "x"]))["CallStatus"][0]
    assert status["CallState"] == "Terminated"
    assert status["StopTime"] >= status["StartTime"]
    assert await fault(http, "TerminateCall", CallId=call) == "ter:NotFound"


async def test_calls_that_cannot_be_are_faults(http: httpx.AsyncClient) -> None:
    assert await fault(http, "GetCallStatus", CallId="x") == "ter:NotFound"
    assert await fault(http, "AnswerCall", CallId="x") == "ter:NotFound"
    assert await fault(http, "Call", To="http://x") == "ter:InvalidArgVal"
    assert await fault(http, "Call", To="sip:1@127.0.0.1:9", SIPAccountId="x") == "ter:NotFound"


# --- rights ------------------------------------------------------------------------------------


async def test_strangers_have_to_log_in(served: Served) -> None:
    async with served.client() as http:
        response = await http.post(CALL, json={"axcall:GetServiceCapabilities": {}})
    assert response.status_code == 401
