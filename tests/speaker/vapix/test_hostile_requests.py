"""Whatever is sent to a JSON API or to the Call service: an answer that is documented, and soon.

`VAPIX_FUZZ_EXAMPLES` asks for more than the few that each run has.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speaker.vapix.call_service.commands import CallService
from speaker.vapix.envelope import VERSIONS, JsonApi
from speaker.vapix.json_apis import json_apis
from tests.speaker.http.serving import QUIET, Served, serving

EXAMPLES: Final = int(os.environ.get("VAPIX_FUZZ_EXAMPLES", "40"))
LONGEST_S: Final = 20.0
CALL: Final = "/vapix/call"

FIXED: Final = ("sip.enabled=false", "multicast.enabled=false")
"""So that no call or registration leaves this machine, whatever is asked for."""

WORDS_TEXT: Final = """
apiVersion context method params devices id name inputs outputs connectionTypes signalingTypes
signalTypes channels gain mute powerType propertyList version timeout dateTime timeZone
posixTimeZone enableDst factoryDefaultMode enabled serversSource staticServers NTSEnabled
staticNTSKEServers minpoll maxpoll SIPConfiguration KeepCurrent SIPEnabled SIPPort AccessList
ApplyAccessList AccessListPolicy Attribute Name Value SIPAccount SIPAccountId Id UserId Password
Registrar PublicDomain SIPProxies Server Username Transport MediaEncryption EncryptionProtocols
IsDefault Enabled AudioCodec SampleRate CallId To CallingTimeout
"""
WORDS: Final = WORDS_TEXT.split()
VALUES_TEXT: Final = """
0 internal unbalanced DHCP static Europe/Paris CET-1CEST,M3.5.0,M10.5.0/3 soft pbx door tls udp
None SRTPMandatory TLSv12 MaxCallDuration DisableTCPSwitch true false PCMU opus local any Allow
sip:100@pbx.example pbx.example 192.0.2.7 (hidden) 1.0 1.4
"""
VALUES: Final = VALUES_TEXT.split()

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 100_000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(VALUES),
    st.text(max_size=20),
)
keys = st.one_of(st.sampled_from(WORDS), st.text(max_size=8))
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=5)),
    max_leaves=12,
)
objects = st.dictionaries(keys, trees, max_size=5)
queries = st.lists(st.tuples(keys, st.one_of(scalars.map(str), st.text(max_size=10))), max_size=6)

asked_often = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    folder = tmp_path_factory.mktemp("device")
    async with serving(folder, *QUIET, fixed=FIXED) as device:
        yield device


async def asked(
    served: Served, method: str, url: str, body: bytes, *, is_local: bool = True
) -> httpx.Response:
    client = served.local() if is_local else served.client()
    async with client as http:
        response = await asyncio.wait_for(http.request(method, url, content=body), LONGEST_S)
    assert response.status_code < 500, response.text
    assert "Traceback" not in response.text
    return response


def check_answer(api: JsonApi, response: httpx.Response) -> None:
    told = response.json()
    assert response.status_code == 200
    assert told["apiVersion"] in api.versions
    if "error" in told:
        assert told["error"]["code"] in api.family.codes.values()
        assert isinstance(told["error"]["message"], str)
        assert told["error"]["message"] != "internal error"
    else:
        assert isinstance(told["data"], dict)


def check_fault(response: httpx.Response) -> None:
    if response.status_code == 200:
        return
    assert response.status_code == 400
    simple = response.headers["content-type"].startswith("text/plain")
    told = response.text if simple else json.dumps(response.json())
    for each in ("Fault", "FaultCode", "FaultSubCode", "FaultReason", "FaultMsg"):
        assert each in told
    assert "internal error" not in told.replace("+", " ")


@asked_often
@given(body=st.one_of(st.binary(max_size=200), trees.map(lambda tree: json.dumps(tree).encode())))
async def test_no_body_does_more_than_break_rules(served: Served, body: bytes) -> None:
    for api in json_apis(served.device):
        check_answer(api, await asked(served, "POST", api.path, body))
    check_fault(await asked(served, "POST", CALL, body))
    check_fault(await asked(served, "POST", f"{CALL}/SetSIPAccount", body))


@asked_often
@given(data=st.data())
async def test_no_parameters_of_a_method_do_more_than_break_rules(
    served: Served, data: st.DataObject
) -> None:
    api = data.draw(st.sampled_from(json_apis(served.device)))
    method = data.draw(st.sampled_from([*api.methods, VERSIONS]))
    params = data.draw(st.one_of(objects, trees))
    body = {"apiVersion": api.newest, "context": "x", "method": method, "params": params}
    response = await asked(served, "POST", api.path, json.dumps(body).encode())
    check_answer(api, response)
    assert response.json()["context"] == "x"


@asked_often
@given(data=st.data())
async def test_no_parameters_of_a_command_do_more_than_break_rules(
    served: Served, data: st.DataObject
) -> None:
    command = data.draw(st.sampled_from(list(CallService(served.device).actions)))
    params = data.draw(st.one_of(objects, in_their_place))
    body = json.dumps({f"axcall:{command}": params}).encode()
    check_fault(await asked(served, "POST", CALL, body))


in_their_place: st.SearchStrategy[Any] = st.one_of(
    st.fixed_dictionaries({"SIPConfiguration": objects, "KeepCurrent": st.booleans()}),
    st.fixed_dictionaries({"SIPAccount": st.one_of(objects, st.lists(objects, max_size=3))}),
    st.fixed_dictionaries({"SIPAccountId": st.one_of(scalars, st.lists(scalars, max_size=3))}),
    st.fixed_dictionaries({"AudioCodec": st.lists(objects, max_size=3)}),
    st.fixed_dictionaries({"To": scalars}),
)
"""Under the names that commands look for them by."""


@asked_often
@given(pairs=queries, data=st.data())
async def test_no_simple_form_does_more_than_break_rules(
    served: Served, pairs: list[tuple[str, str]], data: st.DataObject
) -> None:
    command = data.draw(st.sampled_from(list(CallService(served.device).actions)))
    prefix = data.draw(st.sampled_from(["", "SIPConfiguration_", "SIPAccount_", "SIPAccount_0_"]))
    text = "&".join(f"{prefix}{_quoted(name)}={_quoted(value)}" for name, value in pairs)
    query = f"format=simple&action=axcall:{command}&{text}"
    check_fault(await asked(served, "GET", f"{CALL}?{query}", b""))
    check_fault(await asked(served, "POST", CALL, query.encode()))


@asked_often
@given(body=st.one_of(st.binary(max_size=50), objects.map(lambda tree: json.dumps(tree).encode())))
async def test_strangers_change_nothing(served: Served, body: bytes) -> None:
    before = served.device.settings
    for api in json_apis(served.device):
        response = await asked(served, "POST", api.path, body, is_local=False)
        assert response.status_code in (200, 401)
    assert (await asked(served, "POST", CALL, body, is_local=False)).status_code == 401
    assert served.device.settings == before


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe="")
