"""Figures that a test measures without judging them: a busy machine makes them worse."""

import pytest


class Record:
    """Prints figures beside the names of the tests, whether they pass or not."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        plugins = request.config.pluginmanager
        self._reporter = plugins.get_plugin("terminalreporter")
        self._capture = plugins.get_plugin("capturemanager")
        self._test = request.node.name

    def seconds(self, what: str, seconds: float) -> None:
        """Note how long something took."""
        if self._reporter is None or self._capture is None:
            return
        with self._capture.global_and_fixture_disabled():
            self._reporter.ensure_newline()
            self._reporter.write_line(f"{self._test}: {what}: {seconds:.2f} s")
