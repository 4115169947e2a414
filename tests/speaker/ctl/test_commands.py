"""Every command, given to a real device of this process over its real HTTP side."""

import asyncio
import io
import json
import math
import stat
import sys
import wave
from array import array
from pathlib import Path

import pytest

from speaker.events import Bus, Condition, Event
from speaker.lifecycle import Next
from tests.speaker.ctl.terminal import Terminal, terminal, url_of
from tests.speaker.http.visitors import set_up
from tests.speaker.notifications.web_server import status, web_server

Capsys = pytest.CaptureFixture[str]


async def test_the_status_tells_device_accounts_calls_and_sound(
    tmp_path: Path, capsys: Capsys
) -> None:
    async with terminal(tmp_path, capsys, "device.name=Front door") as (ctl, served):
        told = await ctl.tells("status")
        assert told.startswith(f"Front door, serial {served.device.serial}, version ")
        assert "takes calls, up " in told
        assert "peer_to_peer  Peer to peer  default  unregistered" in told
        assert "no calls\nno clip plays\nloudspeaker works\nmicrophone works\n" in told
        both = [(await ctl("--json", "status")).json, (await ctl("status", "--json")).json]
        assert both[0]["device"] == both[1]["device"] == served.device.state()["device"]


async def test_calls_are_placed_and_ended(tmp_path: Path, capsys: Capsys) -> None:
    settings = ("sip.accounts[0].answer_automatically=false", "sip.max_calls=3")
    async with terminal(tmp_path, capsys, *settings) as (ctl, _):
        assert await ctl.tells("calls") == "no calls\n"
        assert await ctl.refuses("hang-up") == "speaker: there is no call\n"
        assert await ctl.refuses("answer") == "speaker: no call rings\n"
        call = (await ctl("call", "sip:desk@127.0.0.1:9", "--json")).json["call"]
        table = await ctl.tells("calls")
        assert table.split() == [
            *("call", "state", "account", "with", "codec"),
            *(call, "calling", "peer_to_peer", "sip:desk@127.0.0.1:9", "-"),
        ]
        assert "calls sip:b@127.0.0.1:9" in await ctl.tells(
            "call", "sip:b@127.0.0.1:9", "--account", "peer_to_peer"
        )
        assert await ctl.refuses("answer") == "speaker: no call rings\n"
        assert "which call? There are " in await ctl.refuses("hang-up")
        assert await ctl.tells("hang-up", call) == f"call {call}: ended\n"
        for command in (["digits", "12#"], ["hold"], ["resume"], ["transfer", "sip:c@127.0.0.1"]):
            assert (await ctl.refuses(*command)).startswith("speaker: ")  # nobody has answered
        assert "no active account" in await ctl.refuses("call", "sip:b@x", "--account", "none")
        assert (await ctl.refuses("digits", "hello")).startswith("speaker: digits: ")


async def until_nothing_plays(bus: Bus) -> None:
    """The sound engine has a thread of its own, and fades out."""
    quiet = asyncio.Event()

    def listen(event: Event) -> None:
        if event == Condition("audio.clip_playing", False, attributes={"clips": ""}):
            quiet.set()

    leave = bus.listen(listen)
    async with asyncio.timeout(10.0):
        await quiet.wait()
    leave()


async def test_clips_and_tones_are_played_paged_and_stopped(tmp_path: Path, capsys: Capsys) -> None:
    async with terminal(tmp_path, capsys) as (ctl, served):
        assert await ctl.tells("play", "gong", "--volume", "50", "--repeat=-1") == "plays gong\n"
        assert served.device.bus.value("audio.clip_playing") is True
        assert "plays gong\n" in await ctl.tells("status")
        assert await ctl.tells("stop", "gong") == "stopped gong\n"
        await until_nothing_plays(served.device.bus)
        assert await ctl.tells("page", "alarm", "--priority", "70") == "pages alarm\n"
        assert await ctl.tells("stop") == "stopped all clips\n"
        await ctl.tells("play", "beep", "--queue", "--priority=background", "--gain-db=-6")
        assert "'nothing'" in await ctl.refuses("play", "nothing")
        assert (await ctl("play", "gong", "--volume", "1001")).code == 2
        assert (await ctl("play", "gong", "--volume", "nan")).code == 2
        assert (await ctl("play", "gong", "--volume", "50", "--gain-db", "1")).code == 2
        assert "repeat" in await ctl.refuses("play", "gong", "--repeat=-2")
        assert "gain_db" in await ctl.refuses("play", "gong", "--gain-db=21")


async def test_texts_are_spoken_and_voices_listed(tmp_path: Path, capsys: Capsys) -> None:
    async with terminal(tmp_path, capsys) as (ctl, served):
        said = await ctl.tells("speak", "Hello, world.", "--voice", "en-us", "--repeat=-1")
        assert said == "speaks Hello, world.\n"
        assert "plays speech\n" in await ctl.tells("status")
        assert (
            await ctl.tells("speak", "--priority=page", "--", "-w /etc/x") == "speaks -w /etc/x\n"
        )
        assert await ctl.tells("stop", "speech") == "stopped speech\n"
        await until_nothing_plays(served.device.bus)
        assert "'tlh' is none" in await ctl.refuses("speak", "Hello.", "--voice", "tlh")
        assert (await ctl("speak", "Hello.", "--priority", "highest")).code == 2
        rows = (await ctl.tells("voices")).splitlines()
        assert ["en-gb", "English", "(Great", "Britain)"] in [row.split() for row in rows]
        assert rows[-1].startswith("each as VOICE+VARIANT: ")


async def test_clips_are_added_renamed_and_removed(tmp_path: Path, capsys: Capsys) -> None:
    bell = tmp_path / "bell.wav"
    with wave.open(str(bell), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(array("h", (int(9000 * math.sin(i)) for i in range(4000))).tobytes())
    async with terminal(tmp_path / "data", capsys) as (ctl, _):
        assert await ctl.tells("clips", "add", str(bell)) == "added bell, 0.5 s long\n"
        assert "bell" in await ctl.refuses("clips", "add", str(bell))
        await ctl.tells("clips", "add", str(bell), "--replace")
        assert await ctl.tells("clips", "rename", "bell", "door") == "bell is now door\n"
        await ctl.tells("set", "announcement.clip=door")
        rows = [line.split() for line in (await ctl.tells("clips")).splitlines()]
        assert ["door", "0.5", "s", "wav"] in [row[1:5] for row in rows]
        assert await ctl.tells("clips", "list") == await ctl.tells("clips")
        assert "announcement.clip" in await ctl.refuses("clips", "remove", "door")
        told = await ctl.tells("clips", "remove", "door", "--force")
        assert told == "removed door; these settings still name it: announcement.clip\n"
        noise = tmp_path / "noise.mp3"
        noise.write_bytes(b"no sound at all" * 999)
        assert (await ctl.refuses("clips", "add", str(noise))).count("\n") == 1
        missing = await ctl("clips", "add", str(tmp_path / "missing.wav"))
        assert (missing.code, "No such file" in missing.err) == (2, True)


async def test_a_trigger_is_pulled(tmp_path: Path, capsys: Capsys) -> None:
    async with terminal(tmp_path, capsys) as (ctl, served):
        heard: list[str] = []
        served.device.bus.listen(lambda event: heard.append(event.name))
        assert await ctl.tells("trigger", "evacuation") == "pulled the trigger evacuation\n"
        assert "manual.trigger" in heard
        assert (await ctl.refuses("trigger", "")).startswith("speaker: name: ")


async def test_recipients_are_told_and_tested(tmp_path: Path, capsys: Capsys) -> None:
    async with (
        web_server(lambda asked: status(200 if "right" in asked.target else 500)) as server,
        terminal(tmp_path, capsys) as (ctl, served),
    ):
        assert await ctl.tells("recipients") == "no recipients\n"
        base = f"http://127.0.0.1:{server.port}"
        recipients = [
            {"name": "the gate", "type": "http", "url": f"{base}/right"},
            {"name": "yard", "type": "http", "url": f"{base}/wrong"},
            {"name": "panel", "type": "tcp", "host": "panel.example", "port": 9},
        ]
        await served.device.change({"recipients": recipients}, by="test")
        rows = [line.split() for line in (await ctl.tells("recipients")).splitlines()]
        assert rows[1:] == [
            ["the", "gate", "http", f"{base}/right", "-"],
            ["yard", "http", f"{base}/wrong", "-"],
            ["panel", "tcp", "panel.example:9", "-"],
        ]
        told = await ctl.tells("recipients", "test", "the gate")
        assert told == '"the gate" has taken the test message\n'
        assert "(HTTP status 500)" in await ctl.refuses("recipients", "test", "yard")


async def test_settings_go_into_a_file_and_come_back(
    tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.toml"
    async with terminal(tmp_path / "data", capsys) as (ctl, served):
        await ctl.tells("set", "device.name=Gate", 'sip.accounts[0].answer_access_code="13579"')
        plain = await ctl.tells("export")
        assert 'name = "Gate"' in plain
        assert "13579" not in plain
        assert (await ctl("export", "--json")).json == {"toml": plain}
        monkeypatch.setenv("SPEAKER_EXPORT_PASSWORD", "eight letters")
        told = await ctl.tells("export", "--password", str(file))
        assert told == f"wrote {file}, its secrets are encrypted\n"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        await ctl.tells("set", "device.name=Other", 'sip.accounts[0].answer_access_code="2468"')
        assert (await ctl.refuses("import", str(file))).startswith("speaker: ")
        await ctl.tells("import", str(file), "--password")
        assert served.device.store.settings.device.name == "Gate"
        assert served.device.store.settings.sip.accounts[0].answer_access_code.reveal() == "13579"
        monkeypatch.setenv("SPEAKER_EXPORT_PASSWORD", "")
        assert "password" in await ctl.refuses("export", "--password")
        assert "cannot be written" in await ctl.refuses("export", str(tmp_path / "no" / "such"))
        file.write_bytes(b"\xff")
        assert (await ctl("import", str(file))).err == f"speaker: {file}: is not UTF-8\n"
        file.write_text("[sip]\nport = 70000\n")
        assert "sip.port: 70000 is outside" in await ctl.refuses("import", str(file))
        file.write_text('[[accounts]]\nname = "eve"\nrole = "administrator"\n')
        assert "accounts[0].password: " in await ctl.refuses("import", str(file))
        await ctl.tells("import", str(file), "--keep-accounts")
        assert served.device.store.settings.device.name == "Intercom speaker"


async def test_the_first_account_is_an_administrators_and_others_need_a_role(
    tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with terminal(tmp_path, capsys) as (ctl, _):
        assert await ctl.tells("accounts") == "nobody yet\n"
        assert "administrator" in await ctl.refuses("accounts", "add", "eve", "--role", "viewer")
        monkeypatch.setenv("SPEAKER_NEW_PASSWORD", "correct horse")
        assert await ctl.tells("accounts", "add", "admin") == "added admin, administrator\n"
        missing = await ctl("accounts", "add", "joe")
        assert (missing.code, "--role is needed" in missing.err) == (2, True)
        await ctl.tells("accounts", "add", "joe", "--role", "viewer", "--comment", "at the desk")
        rows = (await ctl.tells("accounts", "list")).splitlines()
        assert [row.split() for row in rows[1:]] == [
            ["admin", "administrator"],
            ["joe", "viewer", "at", "the", "desk"],
        ]
        assert await ctl.tells("accounts", "password", "joe") == "joe has another password\n"
        assert await ctl.tells("accounts", "remove", "joe") == "removed joe\n"
        assert "last administrator" in await ctl.refuses("accounts", "remove", "admin")
        monkeypatch.setenv("SPEAKER_NEW_PASSWORD", "x" * 65)
        assert "64" in await ctl.refuses("accounts", "add", "joe", "--role", "viewer")
        assert (await ctl("accounts", "add", "joe", "--role", "king")).code == 2


async def test_tokens_are_made_shown_once_and_removed(tmp_path: Path, capsys: Capsys) -> None:
    file = tmp_path / "token"
    async with terminal(tmp_path / "data", capsys) as (ctl, served):
        await set_up(served)
        assert await ctl.tells("tokens") == "none\n"
        made = (await ctl.tells("tokens", "add", "nagios", "--role", "viewer")).splitlines()
        assert made[0] == "added nagios, viewer; nobody can look its token up later:"
        assert made[1].startswith("speaker_")
        assert "already a token" in await ctl.refuses("tokens", "add", "nagios", "--role", "viewer")
        assert "expired" in await ctl.refuses("tokens", "add", "x", "--role=viewer", "--days=0")
        given = await ctl("tokens", "add", "bot/1", "--role", "viewer", "--json")
        assert given.code == 1
        given = await ctl("tokens", "add", "bot 1", "--role=operator", "--days", "9", "--json")
        assert given.json["name"] == "bot 1"
        file.write_text(given.json["token"])
        url = url_of(tmp_path / "data")
        await Terminal(capsys, ["--url", url]).tells("status", "--token-file", str(file))
        rows = [line.split() for line in (await ctl.tells("tokens", "list")).splitlines()]
        assert rows[1][:2] == ["nagios", "viewer"]
        assert rows[1][4:] == ["local", "never", "never"]
        assert rows[2][:3] == ["bot", "1", "operator"]
        assert "never" not in rows[2]
        assert [each["name"] for each in (await ctl("tokens", "--json")).json] == [
            "nagios",
            "bot 1",
        ]
        assert await ctl.tells("tokens", "remove", "bot 1") == "removed bot 1\n"
        assert "no token" in await ctl.refuses("tokens", "remove", "bot 1")
        assert (await ctl("tokens", "add", "x")).code == 2


async def test_log_audit_and_certificates_are_told(tmp_path: Path, capsys: Capsys) -> None:
    async with terminal(tmp_path, capsys) as (ctl, served):
        journal = served.device.journal
        event = {"event": "registered", "level": "info", "account": "pbx\x1b[31m"}
        journal(None, "info", dict(event))
        journal(None, "info", {"event": "other", "level": "warning"})
        assert [line.split("  ", 1)[1] for line in (await ctl.tells("log")).splitlines()] == [
            "info      registered account=pbx\\x1b[31m",
            "warning   other",
        ]
        assert "registered" not in await ctl.tells("log", "--tail", "1")
        assert "other" not in await ctl.tells("log", "--text", "REGISTER")
        assert await ctl.tells("log", "--access") == ""
        assert (await ctl("log", "--json")).json["lines"][1]["event"] == "other"
        assert (await ctl("log", "--tail", "many")).code == 2
        await ctl.tells("set", "device.name=Gate")
        last = (await ctl.tells("audit", "--tail", "1")).splitlines()[-1]
        assert last.endswith("local  127.0.0.1  changed: device.name")
        told = await ctl.tells("certificates")
        assert told.splitlines()[1].split()[:2] == ["speaker", "own"]
        found = (await ctl("certificates", "--json")).json["certificates"][0]["certificates"][0]
        assert found["sha256"] in told


async def test_a_restart_is_asked_for(tmp_path: Path, capsys: Capsys) -> None:
    async with terminal(tmp_path, capsys) as (ctl, served):
        boot = served.device.lifecycle.boot_id
        assert (await ctl("restart", "--json")).json == {"boot": boot}
        async with asyncio.timeout(5):
            await served.device.lifecycle.ended()


class Typed(io.StringIO):
    """What a person types at a terminal."""

    def isatty(self) -> bool:
        return True


async def test_the_way_back_to_the_defaults_wants_a_yes(
    tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with terminal(tmp_path, capsys, "device.name=Gate") as (ctl, served):
        lifecycle = served.device.lifecycle
        monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
        said = await ctl("factory-default")
        assert (said.code, "--yes" in said.err) == (2, True)
        for answer in ("y\n", "no\n", ""):
            monkeypatch.setattr(sys, "stdin", Typed(answer))
            said = await ctl("factory-default", "--hard")
            assert (said.code, said.out) == (1, "")
            assert said.err.startswith(f"Gate, serial {served.device.serial}, forgets settings, ")
            assert said.err.endswith("Type yes: speaker: nothing was done\n")
            assert lifecycle.ending is None
        monkeypatch.setattr(sys, "stdin", Typed("yes\n"))
        said = await ctl("factory-default", "--json")
        assert said.json == {"boot": lifecycle.boot_id}
        assert lifecycle.ending is not None
        assert lifecycle.ending.next is Next.DEFAULT


async def test_a_script_says_that_it_means_it(tmp_path: Path, capsys: Capsys) -> None:
    async with terminal(tmp_path, capsys) as (ctl, served):
        told = await ctl.tells("factory-default", "--hard", "--yes")
        assert told == "the device goes back to its defaults and restarts\n"
        assert served.device.lifecycle.ending is not None
        assert served.device.lifecycle.ending.next is Next.HARD_DEFAULT


async def test_what_counts_now_is_told_a_line_each(tmp_path: Path, capsys: Capsys) -> None:
    async with terminal(tmp_path, capsys) as (ctl, _):
        assert "call.state = idle\n" in await ctl.tells("events")
        assert await ctl.tells("events", "device.*") == "device.ready = true\n"
        lines = (await ctl.tells("events", "--json", "audio.device")).splitlines()
        assert [json.loads(line)["of"] for line in lines] == ["output", "input"]
