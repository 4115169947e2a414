"""What is forgotten at a factory default, and what stays."""

import asyncio
from pathlib import Path

import pytest

from conf.store.settings_store import SettingsStore
from tests.speaker.running import Running, running
from tests.speaker.udp_phone import udp_phone

LIMIT_S = 30.0
CGI = {False: "factorydefault.cgi", True: "hardfactorydefault.cgi"}


def prepared(data: Path) -> None:
    """A device with settings, a clip, and a certificate of somebody's."""
    with SettingsStore.open(data) as store:
        store.change({"device": {"name": "Gate"}, "http": {"https_enabled": False}}, by="installer")
    for file in ("clips/bell.wav", "certificates/ca.pem"):
        (data / file).parent.mkdir(exist_ok=True)
        (data / file).write_bytes(b"kept?")


async def make_a_call(speaker: Running) -> None:
    async with udp_phone(speaker.sip_port) as phone:
        await phone.talk()
        await phone.end()


@pytest.mark.parametrize("hard", [False, True])
async def test_settings_are_forgotten_and_what_was_recorded_only_by_the_hard_one(
    tmp_path: Path, hard: bool
) -> None:
    prepared(tmp_path)
    async with running(tmp_path) as speaker:
        serial = (tmp_path / "serial").read_text(encoding="ascii")
        await make_a_call(speaker)
        async with speaker.http() as http:
            account = {"name": "root", "password": "pass"}
            assert (await http.post("/api/v1/setup", json=account)).status_code < 300
            assert (await http.get(f"/axis-cgi/{CGI[hard]}")).status_code == 200
        assert speaker.process.stdout is not None
        ready = await asyncio.wait_for(speaker.process.stdout.readline(), LIMIT_S)
        assert b"ready" in ready
        async with speaker.http() as http:
            state = (await http.get("/api/v1/state")).json()
        assert state["device"]["name"] == "Intercom speaker"
        speaker.terminate()
        assert await speaker.ended() == 0
    with SettingsStore.open(tmp_path) as store:
        assert store.settings.http.https_enabled is hard
        assert not [*store.database.rows("SELECT * FROM accounts")]
        told = [entry.what for entry in store.audit.entries()]
    assert any("default" in what or "new" in what for what in told)
    assert (tmp_path / "clips" / "bell.wav").exists() is not hard
    assert bool([*(tmp_path / "calls").iterdir()]) is not hard
    assert not (tmp_path / "certificates" / "ca.pem").exists()
    assert (tmp_path / "serial").read_text(encoding="ascii") == serial
