"""SIP accounts that are added, changed and removed while the device runs."""

from pathlib import Path
from typing import Any

from speaker.device import Device
from tests.speaker.http.serving import serving
from tests.speaker.live.waiting import until
from tests.speaker.udp_pbx import Pbx, asks_to_be_forgotten, running_pbx
from tests.speaker.udp_phone import udp_phone

PEER = {"id": "peer_to_peer", "name": "Peer to peer", "default": True}


def extension(pbx: Pbx, name: str, **changes: object) -> dict[str, object]:
    """A registered account."""
    server = f"{pbx.host}:{pbx.port}"
    return {"id": name, "mode": "registered", "user_id": name, "registrar": server, **changes}


async def set_accounts(device: Device, *accounts: dict[str, Any]) -> None:
    await device.change({"sip": {"accounts": [PEER, *accounts]}}, by="test")


async def until_is(device: Device, account: str, value: str | None) -> None:
    await until(device.bus, "sip.registration", value, of=account)


def registers(pbx: Pbx, user: str) -> int:
    """How often an extension has sent REGISTER."""
    return sum(f"sip:{user}@" in str(request.to) for request in pbx.of_method("REGISTER"))


async def test_an_account_that_is_added_registers_and_one_that_is_removed_unregisters(
    tmp_path: Path,
) -> None:
    async with running_pbx(Pbx()) as pbx, serving(tmp_path) as served:
        await set_accounts(served.device, extension(pbx, "100"))
        await until_is(served.device, "100", "registered")
        await set_accounts(served.device)
        await pbx.first(asks_to_be_forgotten)
        await until_is(served.device, "100", None)


async def test_of_two_accounts_only_the_one_that_is_changed_registers_anew(tmp_path: Path) -> None:
    async with running_pbx(Pbx()) as pbx, serving(tmp_path) as served:
        await set_accounts(served.device, extension(pbx, "100"), extension(pbx, "101"))
        for name in ("100", "101"):
            await until_is(served.device, name, "registered")
        before = registers(pbx, "100")
        await set_accounts(
            served.device, extension(pbx, "100"), extension(pbx, "101", caller_id="Gate")
        )
        await pbx.first(lambda request: "Gate" in str(request.from_) and "Expires" in str(request))
        await until_is(served.device, "101", "registered")
        assert registers(pbx, "100") == before


async def test_an_account_that_is_switched_off_unregisters(tmp_path: Path) -> None:
    async with running_pbx(Pbx()) as pbx, serving(tmp_path) as served:
        await set_accounts(served.device, extension(pbx, "100"))
        await until_is(served.device, "100", "registered")
        await set_accounts(served.device, extension(pbx, "100", active=False))
        await pbx.first(asks_to_be_forgotten)
        assert "100" not in served.device.telephony.accounts


async def test_a_call_of_an_account_that_is_removed_ends_and_others_go_on(tmp_path: Path) -> None:
    async with running_pbx(Pbx()) as pbx, serving(tmp_path, "sip.max_calls=2") as served:
        device = served.device
        await set_accounts(device, extension(pbx, "100"))
        await until_is(device, "100", "registered")
        async with udp_phone(device.telephony.port or 0) as phone:
            await phone.talk()
            await device.dialler.call("200", "100")
            await pbx.first(lambda request: request.method == "ACK")
            await set_accounts(device)
            await pbx.first(lambda request: request.method == "BYE")
            assert [call.account.id for call in device.calls.calls] == ["peer_to_peer"]
            await phone.end()


async def test_the_name_of_the_device_is_what_its_accounts_are_called_from_now_on(
    tmp_path: Path,
) -> None:
    async with running_pbx(Pbx()) as pbx, serving(tmp_path) as served:
        await set_accounts(served.device, extension(pbx, "100"))
        await until_is(served.device, "100", "registered")
        await served.device.change({"device": {"name": "North gate"}}, by="test")
        await pbx.first(lambda request: "North gate" in str(request.from_))
        async with served.local() as http:
            assert (await http.get("/api/v1/state")).json()["device"]["name"] == "North gate"


async def test_registrations_are_asked_for_as_long_as_is_set(tmp_path: Path) -> None:
    async with running_pbx(Pbx()) as pbx, serving(tmp_path) as served:
        await set_accounts(served.device, extension(pbx, "100"))
        await until_is(served.device, "100", "registered")
        await served.device.change({"sip": {"register_interval_s": 120}}, by="test")
        await pbx.first(lambda request: request.expires == 120)
