"""A call to the speaker, as the Call service tells of it and answers it."""

from pathlib import Path
from typing import Any

import httpx

from tests.speaker.http.serving import serving
from tests.speaker.udp_phone import udp_phone

BY_HAND = 'sip.accounts=[{id="door", default=true, answer_automatically=false}]'


async def give(http: httpx.AsyncClient, command: str, **params: object) -> Any:
    response = await http.post("/vapix/call", json={f"axcall:{command}": params})
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_call_that_rings_is_told_of_answered_and_ended(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, BY_HAND) as served,
        served.local() as http,
        udp_phone(served.device.telephony.port or 0) as phone,
    ):
        phone.invite()
        await phone.response(180)
        (ringing,) = (await give(http, "GetCallStatuses"))["CallStatus"]
        assert ringing["CallState"] == "Ringing"
        assert ringing["Direction"] == "Incoming"
        assert ringing["RemoteURI"].startswith("sip:phone@127.0.0.1")
        assert ringing["DeviceURI"] == f"sip:speaker@127.0.0.1:{served.device.telephony.port}"
        call = ringing["CallId"]
        await give(http, "AnswerCall", CallId=call)
        await phone.response(200)
        status = (await give(http, "GetCallStatus", CallId=call))["CallStatus"]
        assert (status["CallState"], status["CallStateReason"]) == ("Active", "AcceptedByDevice")
        assert status["AudioCodec"]
        again = await http.post("/vapix/call/AnswerCall", json={"CallId": call})
        assert again.json()["FaultSubCode"] == "ter:Failure"
        await give(http, "TerminateCall", CallId=call)
        assert served.device.calls.calls == ()
