"""The unit for systemd, as systemd itself judges it (package `systemd`)."""

import re
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[3] / "tools" / "systemd" / "intercom-speaker.service"
PROGRAM = "/opt/intercom-speaker/bin/speaker"
MOST_EXPOSURE = 2.5
"""Of 10; below 3 systemd says OK."""


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with a program that is there."""
    program = tmp_path / "speaker"
    program.write_text("#!/bin/sh\n", encoding="ascii")
    program.chmod(0o755)
    installed = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    assert PROGRAM in text
    installed.write_text(text.replace(PROGRAM, str(program)), encoding="utf-8")
    return installed


def analyze(*arguments: str) -> str:
    """What systemd-analyze says; it says nothing on standard error when all is well."""
    command = ["systemd-analyze", "--no-pager", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_it_is_in_order(unit: Path) -> None:
    assert analyze("verify", "--man=no", str(unit)) == ""


def test_it_exposes_little(unit: Path) -> None:
    told = analyze("security", "--offline=true", str(unit))
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert found, told
    assert float(found[1]) <= MOST_EXPOSURE, told


def test_it_says_what_the_installing_page_says() -> None:
    page = (UNIT.parents[2] / "docs" / "installing.md").read_text(encoding="utf-8")
    assert f"tools/systemd/{UNIT.name}" in page
