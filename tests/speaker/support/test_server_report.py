"""Parts of a report."""

import time

import pytest

from speaker.support.archives import tarred, zipped
from speaker.support.machine import network_text, packages_text
from speaker.support.server_report import Section, as_text


def test_parts_stand_below_their_names() -> None:
    sections = [Section("system_log", "line\n\n"), Section("calls", "")]
    assert as_text(sections) == "===== system log =====\n\nline\n\n===== calls =====\n\n\n\n"


def test_interfaces_and_packages_are_told() -> None:
    assert "lo: 127.0.0.1 mask 255.0.0.0" in network_text()
    assert any(line.startswith("structlog ") for line in packages_text().splitlines())


@pytest.mark.parametrize("at", [0.0, time.mktime((2026, 11, 27, 16, 0, 0, 0, 0, -1)), 2.0**33])
def test_an_archive_can_be_made_whatever_the_clock_says(at: float) -> None:
    assert zipped({"a": b"x"}, at)
    assert tarred({"a": b"x"}, at)
