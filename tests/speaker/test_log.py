"""What the log makes of texts that strangers wrote."""

import json
import subprocess
import sys
from typing import Any

import pytest

from speaker.log import LONGEST_VALUE, disarm

TELLING = """
import structlog
from speaker.log import set_up_log
set_up_log()
structlog.get_logger().info("call ends", peer="sip:a@b", code=200, why={why!r})
"""


def told(why: str, **environment: str) -> str:
    """Standard error of a program that logs `why`."""
    done = subprocess.run(
        [sys.executable, "-c", TELLING.format(why=why)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert done.stdout == ""
    return done.stderr


def disarmed(**event: Any) -> dict[str, Any]:
    return dict(disarm(None, "info", event))


def test_a_line_is_for_people() -> None:
    line = told("Not Found")
    assert line.count("\n") == 1
    assert "call ends" in line
    assert "code=200" in line


def test_a_line_is_json_where_asked_for() -> None:
    event = json.loads(told("Not Found", LOG_FORMAT="json"))
    assert event.pop("timestamp")
    assert event == {
        "event": "call ends",
        "level": "info",
        "peer": "sip:a@b",
        "code": 200,
        "why": "Not Found",
    }


@pytest.mark.parametrize("environment", [{}, {"LOG_FORMAT": "json"}])
def test_no_text_commands_the_terminal_or_makes_a_line_of_its_own(
    environment: dict[str, str],
) -> None:
    line = told("\x1b[2J\r\nready sip=evil\u2028\x00", **environment)
    assert line.removesuffix("\n").isprintable()


def test_what_is_not_printable_becomes_its_escape_and_the_rest_stays() -> None:
    assert disarmed(why="a\x1bb\nc é", code=1) == {"why": "a\\x1bb\\nc é", "code": 1}


def test_a_long_text_is_cut() -> None:
    assert len(disarmed(peer="x" * 60000)["peer"]) == LONGEST_VALUE
    assert disarmed(peer="x" * LONGEST_VALUE)["peer"] == "x" * LONGEST_VALUE
