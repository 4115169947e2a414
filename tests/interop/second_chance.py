"""A test that failed while the machine stood still has judged the machine: it runs again.

Sound that must be heard whole needs a machine that keeps time. Where a test of this folder fails,
and a core did nothing for longer than a jitter buffer bears meanwhile, that run says nothing about
the speaker. On a machine that kept time a failure stands as it is, and so does the last one; only
in CI, whose machines are strangers, it is tried once more, and said so: what comes and goes is to
be looked into.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

TRIES = 3
TRIES_IN_CI = 2
"""On a machine that kept time."""
BEARABLE_S = 0.010
"""The engine makes up for 20 ms at once, and the peers' own clocks for less."""


class SecondChance:
    """A pytest plugin that runs the tests below `folder`.

    `longest_stall_s` tells for how long the machine stood still since it was asked last.
    """

    def __init__(
        self, folder: Path, longest_stall_s: Callable[[], float], *, in_ci: bool = False
    ) -> None:
        self._folder = folder
        self._longest_stall_s = longest_stall_s
        self._tries_anyhow = TRIES_IN_CI if in_ci else 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Run a test until it passes, or fails while the machine keeps time."""
        if not item.path.is_relative_to(self._folder):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in self._reports(item, nextitem):
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _reports(self, item: pytest.Item, nextitem: pytest.Item | None) -> list[pytest.TestReport]:
        """Of the run that counts."""
        for tried in range(1, TRIES + 1):
            self._longest_stall_s()
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
            stalled_s = self._longest_stall_s()
            if not any(report.failed for report in reports) or tried == TRIES:
                break
            if stalled_s > BEARABLE_S:
                _tell(item, f"the machine stood still for {stalled_s * 1e3:.0f} ms: once more")
            elif tried < self._tries_anyhow:
                _tell(item, "failed on a machine that kept time: once more, and to be looked into")
            else:
                break
        return reports


def _tell(item: pytest.Item, what: str) -> None:
    reporter = item.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
        reporter.write_line(f"{item.nodeid}: {what}")
