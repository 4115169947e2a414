"""The device's own log is no part of what a command prints."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _device_without_log() -> Iterator[None]:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()
