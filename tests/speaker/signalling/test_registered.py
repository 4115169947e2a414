"""A speaker as a process, registered with a PBX, from its start to its end."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sip.syntax.uri import SipUri
from tests.speaker.running import LONGEST_STOP_S, running
from tests.speaker.trial.extension import PASSWORD, settings_of
from tests.speaker.udp_pbx import HOST, Pbx, running_pbx


def config(folder: Path, text: str) -> tuple[str, str]:
    path = folder / "device.toml"
    path.write_text(text)
    return "--config", str(path)


def registration_in(state: Mapping[str, Any]) -> object:
    conditions = state["conditions"]
    return next(each["value"] for each in conditions if each["name"] == "sip.registration")


async def test_it_unregisters_when_it_is_stopped(tmp_path: Path) -> None:
    async with running_pbx(Pbx(password=PASSWORD)) as pbx:
        flags = config(tmp_path, settings_of(pbx.port))
        async with running(tmp_path / "data", *flags) as speaker:
            await pbx.nth("REGISTER", 1)
            pbx.forget_nonces()  # it will have to say twice that it goes
            speaker.terminate()
            assert await speaker.ended() == 0
        assert not pbx.registered


async def test_a_pbx_that_says_nothing_to_that_does_not_keep_it(tmp_path: Path) -> None:
    """`LONGEST_STOP_S` is three seconds."""
    async with running_pbx(Pbx()) as pbx:
        flags = config(tmp_path, settings_of(pbx.port))
        async with running(tmp_path / "data", *flags) as speaker:
            await pbx.nth("REGISTER", 0)
            pbx.silent = True
            started = asyncio.get_running_loop().time()
            speaker.terminate()
            assert await speaker.ended() == 0
            assert asyncio.get_running_loop().time() - started < LONGEST_STOP_S


async def test_it_is_the_same_instance_after_a_restart(tmp_path: Path) -> None:
    """RFC 5626 §4.1: `+sip.instance` outlives restarts."""
    instances = []
    async with running_pbx(Pbx()) as pbx:
        for _ in range(2):
            before = len(pbx.of_method("REGISTER"))
            flags = config(tmp_path, settings_of(pbx.port))
            async with running(tmp_path / "data", *flags) as speaker:
                contact = (await pbx.nth("REGISTER", before)).contacts[0]
                instances.append(contact.parameters.get("+sip.instance"))
                speaker.terminate()
                await speaker.ended()
    assert instances[0] is not None
    assert "urn:uuid:" in instances[0]
    assert instances[0] == instances[1]


async def test_a_call_outlives_the_loss_of_its_registration(tmp_path: Path) -> None:
    """The secondary server takes over while people talk."""
    async with running_pbx(Pbx()) as primary, running_pbx(Pbx()) as secondary:
        text = settings_of(primary.port, secondary_server=f"{HOST}:{secondary.port}")
        text = text.replace("[sip]", "[sip]\nregister_interval_s = 10\nseconds_until_failback = 60")
        async with running(tmp_path / "data", *config(tmp_path, text)) as speaker:
            await primary.nth("REGISTER", 0)
            async with speaker.http(timeout_s=LONGEST_STOP_S) as http:
                await http.post("/api/v1/call", json={"uri": "200"})
                await primary.nth("ACK", 0)
                primary.silent = True
                await secondary.nth("REGISTER", 0)
                async with asyncio.timeout(LONGEST_STOP_S):
                    state = (await http.get("/api/v1/state")).json()
                    while registration_in(state) != "secondary":
                        state = (await http.get("/api/v1/state")).json()
    assert [call["state"] for call in state["calls"]] == ["talking"]
    assert primary.of_method("BYE") == []


async def test_each_call_is_for_the_account_that_it_came_by(tmp_path: Path) -> None:
    """One account answers by itself, the other rings; both are called at the same port."""
    direct = '[[sip.accounts]]\nid = "direct"\nanswer_automatically = false\n'
    async with running_pbx(Pbx()) as pbx, running_pbx(Pbx()) as phone:
        text = settings_of(pbx.port).replace("[sip]", "[sip]\nmax_calls = 2") + "\n" + direct
        async with running(tmp_path / "data", *config(tmp_path, text)) as speaker:
            contact = (await pbx.nth("REGISTER", 0)).contacts[0].uri
            assert isinstance(contact, SipUri)
            await pbx.call(contact, speaker.sip_port, 200)
            await phone.call(SipUri("sip", "anybody", None, HOST), speaker.sip_port, 180)
            async with speaker.http() as http:
                calls = (await http.get("/api/v1/state")).json()["calls"]
    assert [(call["account"], call["state"]) for call in calls] == [
        ("pbx", "talking"),
        ("direct", "ringing"),
    ]
