"""The scanner that everybody uses (sipvicious) finds a SIP device, but none of its extensions."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.speaker import Speaker

LONGEST_SCAN_S = 60.0

ONE_EXTENSION = """\
[sip]
[[sip.accounts]]
id = "off"
default = true
active = false
[[sip.accounts]]
id = "door"
user_id = "1003"
callers = [{ username = "desk", password = "secret" }]
"""


def scan(tool: str, *arguments: str) -> str:
    """What a tool of sipvicious prints."""
    program = Path(sys.executable).with_name(f"sipvicious_{tool}")
    if not program.exists():
        pytest.skip("sipvicious is not installed")
    done = subprocess.run(
        [program, *arguments, LOOPBACK],
        capture_output=True,
        text=True,
        timeout=LONGEST_SCAN_S,
    )
    return done.stdout + done.stderr


def port_of(speaker: Speaker) -> str:
    return speaker.uri.rpartition(":")[2]


@pytest.mark.parametrize("method", ["REGISTER", "OPTIONS", "INVITE"])
def test_svwar_cannot_tell_the_extension_that_exists(tmp_path: Path, method: str) -> None:
    with Speaker(tmp_path / "speaker", config=ONE_EXTENSION) as speaker:
        found = scan("svwar", "-m", method, "--force", "-e", "1000-1006", "-p", port_of(speaker))
        assert "found nothing" in found or all(str(each) in found for each in range(1000, 1007))


def test_svmap_learns_what_the_device_is_and_the_speaker_goes_on(tmp_path: Path) -> None:
    with Speaker(tmp_path / "speaker", config=ONE_EXTENSION) as speaker:
        found = scan("svmap", "-p", port_of(speaker))
        assert "Intercom-Speaker" in found
        assert speaker.state()["sip"]["too_many"] == 0
