"""What is told of the device is what the document says."""

from pathlib import Path
from typing import Any

from speaker.api.state import Calls, State
from tests.speaker.http.serving import serving
from tests.speaker.udp_phone import udp_phone


def written(state: State) -> dict[str, Any]:
    """As the device writes it, which spells the offset of times out."""
    told = state.model_dump(mode="json")
    told["boot"]["started_at"] = state.boot.started_at.isoformat(timespec="seconds")
    return told


async def test_the_state_has_the_documented_shape_and_nothing_beside(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.get("/api/v1/state")
    read = State.model_validate(answer.json())
    assert written(read) == answer.json()
    assert read.device.name == "Intercom speaker"


async def test_a_call_is_told_of_as_in_the_state(tmp_path: Path) -> None:
    async with (
        serving(tmp_path) as served,
        served.local() as http,
        udp_phone(served.device.telephony.port or 0) as phone,
    ):
        await phone.talk()
        told = (await http.get("/api/v1/calls")).json()
        state = (await http.get("/api/v1/state")).json()
    (call,) = Calls.model_validate(told).calls
    assert call.account == "peer_to_peer"
    assert told["calls"] == state["calls"]
    assert written(State.model_validate(state)) == state
