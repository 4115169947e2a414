"""The unit that ships, under a real systemd: it misses nothing of what is forbidden to it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.service.machine import SERVICE, Machine, machine

JSON = ("--header", "Content-Type: application/json")


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with machine(tmp_path_factory.mktemp("machine")) as one:
        one.wait(lambda: one.property("ActiveState") == "active")
        yield one


def test_systemd_is_told_when_it_is_ready_and_what_it_does(booted: Machine) -> None:
    assert "ready sip=" in booted.journal()
    assert booted.property("StatusText") == "0 calls"
    assert json.loads(booted.ask("/readyz"))


def test_it_is_nobody_in_particular_and_may_use_low_ports(booted: Machine) -> None:
    pid = booted.property("MainPID")
    assert booted.run("ps", "-o", "user=", "-p", pid).strip() == "intercom"
    assert ":506 " in booted.journal().replace("\n", " ")


def test_clips_are_decoded_and_texts_are_spoken(booted: Machine) -> None:
    """By programs that let go of even more."""
    booted.run("espeak-ng", "-w", "/tmp/clip.wav", "hello")
    added = json.loads(
        booted.ask(
            "/api/v1/clips?name=clip.wav", "--header", "Content-Type: audio/wav",
            "--data-binary", "@/tmp/clip.wav",
        )
    )  # fmt: skip
    assert added.get("is_playable"), added
    spoken = json.loads(booted.ask("/api/v1/speak", *JSON, "--data", '{"text": "hello"}'))
    assert "detail" not in spoken, spoken


def test_a_reload_makes_everything_anew_in_the_same_process(booted: Machine) -> None:
    pid, boot = booted.property("MainPID"), json.loads(booted.ask("/api/v1/state"))["boot"]["id"]
    booted.run("systemctl", "reload", SERVICE)
    booted.wait(lambda: json.loads(booted.ask("/api/v1/state"))["boot"]["id"] != boot)
    assert booted.property("MainPID") == pid


def test_one_that_hangs_is_started_again(booted: Machine) -> None:
    pid = booted.property("MainPID")
    booted.run("kill", "-STOP", pid)
    booted.wait(lambda: booted.property("MainPID") not in (pid, "0"))
    booted.wait(lambda: booted.property("ActiveState") == "active")
    assert booted.property("NRestarts") == "1"


def test_it_ends_in_order_and_wrong_settings_are_not_tried_again(booted: Machine) -> None:
    booted.run("systemctl", "stop", SERVICE)
    assert booted.property("Result") == "success"
    program = "/opt/intercom-speaker/bin/speaker"
    command = f"{program} run --data ${{STATE_DIRECTORY}} --set sip.port=x"
    wrong = f"[Service]\\nExecStart=\\nExecStart={command}"
    booted.run("sh", "-c", f"printf '{wrong}' > /etc/systemd/system/{SERVICE}.service.d/z.conf")
    booted.run("systemctl", "daemon-reload")
    booted.run("systemctl", "start", "--no-block", SERVICE)
    booted.wait(lambda: booted.property("ActiveState") == "failed")
    assert booted.property("ExecMainStatus") == "2"
    assert "sip.port" in booted.journal()
