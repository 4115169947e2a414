"""Programs that the bench starts, and what it says when they fail it."""

import re
import sys
from pathlib import Path

import pytest

from tools.bench.bare_loop_device import start_bare_loop
from tools.bench.child import Child
from tools.bench.errors import ChildFailed
from tools.bench.leg import Leg

ANYTHING = re.compile(r"^ready (\d+)$", re.MULTILINE)


def python(folder: Path, script: str) -> Child:
    return Child([sys.executable, "-c", script], folder)


def test_the_awaited_line_is_found(tmp_path: Path) -> None:
    child = python(tmp_path, "print('warming up'); print('ready 7', flush=True); input()")
    child.wait_for_line(ANYTHING)
    child.end()


def test_a_program_that_ends_early_is_quoted(tmp_path: Path) -> None:
    child = python(tmp_path, "raise SystemExit('port 5060 is taken')")
    with pytest.raises(ChildFailed, match="ended with 1: port 5060 is taken"):
        child.wait_for_line(ANYTHING)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match="no-such-program"):
        Child([str(tmp_path / "no-such-program")], tmp_path)


def test_a_program_that_runs_too_long_is_ended(tmp_path: Path) -> None:
    child = python(tmp_path, "import threading; threading.Event().wait()")
    with pytest.raises(ChildFailed, match="still ran"):
        child.wait(0.05)
    assert child.wait(0.0) != 0


def test_the_bare_loop_returns_each_packet_once(tmp_path: Path) -> None:
    child, address = start_bare_loop(tmp_path)
    leg = Leg([bytes(160)], keep=True)
    leg.aim(address)
    for expected in (1, 2, 3):
        leg.send_next()
        while leg.received < expected:
            leg.collect()
    child.end()
    leg.close()
    assert [arrival.packet.sequence for arrival in leg.arrivals] == [0, 1, 2]
