"""Figures that a test measures without judging them: a busy machine makes them worse."""

import pytest


class Record:
    """Prints figures beside the names of the tests, whether they pass or not."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._reporter = request.config.pluginmanager.get_plugin("terminalreporter")
        self._test = request.node.name

    def seconds(self, what: str, seconds: float) -> None:
        """Note how long something took."""
        if self._reporter is not None:
            self._reporter.ensure_newline()
            self._reporter.write_line(f"{self._test}: {what}: {seconds:.2f} s")
