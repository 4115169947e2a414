"""The command line: what scripts may rely on."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from conf.store.settings_store import SettingsStore
from speaker.main import main
from tests.speaker.running import FLAGS, SILENT, failed, running

HERE = r"127\.0\.0\.1:\d+"
READY = rf"ready sip={HERE} http={HERE} tls={HERE} https={HERE}"


async def test_one_ready_line_names_the_ports_and_sigterm_ends_with_0(tmp_path: Path) -> None:
    async with running(tmp_path) as speaker:
        assert re.fullmatch(READY, speaker.ready_line)
        speaker.terminate()
        assert await speaker.ended() == 0
        assert speaker.process.stdout is not None
        assert await speaker.process.stdout.read() == b""


async def test_sigint_ends_with_0_too(tmp_path: Path) -> None:
    async with running(tmp_path) as speaker:
        speaker.terminate(signal.SIGINT)
        assert await speaker.ended() == 0


async def test_the_log_of_earlier_runs_is_told(tmp_path: Path) -> None:
    card = "a-card-that-nobody-has"
    for settings in (["--output", f"system:{card}"], []):
        async with running(tmp_path, *settings) as speaker, speaker.http() as http:
            log = (await http.get("/axis-cgi/systemlog.cgi", params={"text": card})).text
            speaker.terminate()
            assert await speaker.ended() == 0
    assert card in log


async def test_two_devices_run_side_by_side(tmp_path: Path) -> None:
    async with running(tmp_path / "one") as one, running(tmp_path / "two") as two:
        assert one.sip_port != two.sip_port


async def test_a_data_folder_in_use_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path):
        code, told = await failed(tmp_path, *FLAGS, *SILENT)
    assert code == 1
    assert "another device is using it" in told


async def test_a_taken_sip_port_is_one_clear_sentence(tmp_path: Path) -> None:
    async with running(tmp_path / "one") as one:
        port = str(one.sip_port)
        code, told = await failed(tmp_path / "two", *FLAGS, *SILENT, "--sip-port", port)
    assert code == 1
    assert port in told
    assert "Traceback" not in told


async def test_a_taken_http_port_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, told = await failed(tmp_path, *FLAGS, *SILENT, "--http-port", port)
    assert code == 1
    assert f"HTTP port {port}" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--set", "sip.max_calls=0"], 2, "sip.max_calls: 0 is outside 1..64"),
        (["--set", "sip.color=red"], 2, "sip.color"),
        (["--output", "speaker"], 1, "'speaker' is none of"),
        (["--input", "wav:/nonexistent.wav"], 1, "/nonexistent.wav"),
        (["--set", "announcement.clip=nosuchclip"], 2, 'announcement.clip: "nosuchclip"'),
        (["--bind", "0.0.0.0"], 2, "leave --bind out"),
        (["--bind", "192.0.2.77"], 1, "SIP port 0 (UDP, address 192.0.2.77) cannot be opened"),
        (["--bind", "speaker.example"], 2, "'speaker.example' is not an IP address"),
    ],
)
async def test_what_is_wrong_is_named_and_has_its_exit_code(
    tmp_path: Path, arguments: list[str], code: int, sentence: str
) -> None:
    got, told = await failed(tmp_path, *FLAGS, *SILENT, *arguments)
    assert (got, sentence in told, "Traceback" in told) == (code, True, False), told


async def test_the_http_interface_tells_health_readiness_and_state(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as speaker,
        speaker.http() as http,
    ):
        assert (await http.get("/healthz")).json() == {"status": "alive"}
        assert (await http.get("/readyz")).status_code == 200
        state = (await http.get("/api/v1/state")).json()
        values = {each["name"]: each["value"] for each in state["conditions"]}
        assert values["call.state"] == "idle"
        assert values["device.ready"] is True
        assert state["engine"]["ticks"] > 0
        assert {"received", "too_many", "overflowed", "unreadable"} <= state["sip"].keys()
        assert (state["process"]["tasks"] > 0, state["process"]["remembered"]) == (True, 0)


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("hang-up", {"call": "x"}, 404, "no call 'x'"),
        ("call", {"uri": "tel:+15550100"}, 422, "neither a sip: URI nor a number"),
        ("call", {"uri": "sip:"}, 422, "sip:"),
        ("call", {"uri": "sip:a@127.0.0.1", "account": "y"}, 409, "no active account 'y'"),
        ("call", {"uri": "sip:a@127.0.0.1", "color": "red"}, 422, "color"),
        ("call", {"uri": "sip:a@" + "x" * 64 + ".example"}, 409, "cannot be found"),
        ("call", {"uri": "100"}, 422, "account 'peer_to_peer' has no domain"),
        ("call", {"uri": "sip:a@127.0.0.1?Subject=x"}, 409, "header fields"),
        ("digits", {"call": "x", "digits": "1x"}, 422, "digits"),
    ],
)
async def test_a_wrong_request_is_told_what_is_wrong(
    tmp_path: Path, path: str, body: dict[str, str], status: int, sentence: str
) -> None:
    async with (
        running(tmp_path) as speaker,
        speaker.http() as http,
    ):
        answer = await http.post(f"/api/v1/{path}", json=body)
        assert (answer.status_code, sentence in answer.text) == (status, True), answer.text


async def test_a_card_that_no_one_has_is_told_and_the_speaker_runs_and_waits_for_it(
    tmp_path: Path,
) -> None:
    missing = ["--output", "system:Nonesuch", "--input", "null"]
    async with (
        running(tmp_path, *missing) as speaker,
        speaker.http() as http,
    ):
        await speaker.complains("no card has this name")
        state = (await http.get("/api/v1/state")).json()
        devices = {
            each["of"]: (each["value"], each["reason"])
            for each in state["conditions"]
            if each["name"] == "audio.device"
        }
        assert devices["output"][0] is False
        assert devices["output"][1].startswith("output system:Nonesuch: no card has this name")
        assert devices["input"] == (True, "")
        assert state["engine"]["output_delay_ms"] >= 0.0


async def test_a_request_that_is_not_text_is_told_so(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as speaker,
        speaker.http() as http,
    ):
        answer = await http.post(
            "/api/v1/call",
            content=rb'{"uri": "\ud800"}',
            headers={"Content-Type": "application/json"},
        )
        assert (answer.status_code, "uri" in answer.text) == (422, True), answer.text


async def test_a_clip_that_cannot_be_decoded_is_named_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "bell.mp3").write_bytes(b"no sound at all")
    code, told = await failed(tmp_path, *FLAGS, *SILENT, "--set", "announcement.clip=bell")
    assert code == 2
    assert 'speaker: announcement.clip: "bell" ' in told
    assert "Traceback" not in told


async def test_a_store_of_a_newer_version_is_one_clear_sentence(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path) as store:
        store.database.rows("PRAGMA user_version = 9999")
    code, told = await failed(tmp_path, *FLAGS, *SILENT)
    assert code == 1
    assert "settings.db: was written by a newer version of the speaker" in told
    assert "Traceback" not in told


async def test_a_settings_file_in_the_data_folder_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[device]\nname = "Gate"\n')
    for _ in range(2):
        async with running(tmp_path) as speaker, speaker.http() as http:
            state = (await http.get("/api/v1/state")).json()
            assert state["device"]["name"] == "Gate"
    assert not (tmp_path / "settings.toml").exists()


async def test_a_wrong_settings_file_in_the_data_folder_is_told_and_stays(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[device]\nname = 5\n")
    code, told = await failed(tmp_path, *FLAGS, *SILENT)
    assert (code, told) == (2, "speaker: device.name: 5 is not text in quotes\n")
    assert (tmp_path / "settings.toml").exists()


def test_check_says_ok_or_every_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "speaker.toml"
    file.write_text("[sip]\nport = 5070\n")
    assert main(["check", "--config", str(file)]) == 0
    assert capsys.readouterr().out == "ok\n"
    file.write_text('[sip]\nport = 70000\nmax_calls = "two"\n')
    assert main(["check", "--config", str(file)]) == 2
    told = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in told] == ["sip.port", "sip.max_calls"]


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out.startswith("intercom-speaker ")


def test_a_reader_who_has_seen_enough_is_no_fault() -> None:
    """As `head`, at the end of a pipe."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        told = subprocess.run(
            [sys.executable, "-m", "speaker.main", "devices", "--json"],
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writer)
    assert (told.returncode, told.stderr) == (1, "")
