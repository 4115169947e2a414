"""Logs: a line an event on standard error, for people or (`LOG_FORMAT=json`) for machines.

The last lines are kept, too, where `set_up_log` is given a journal (`speaker.journal`). What the
libraries tell of themselves, from warnings on, is logged as everything else is.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Final

import structlog

from speaker.printable import printable

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

KIND: Final = "journal"
"""The field that says which of the two logs a line belongs to."""

LONGEST_VALUE: Final = 300
"""Characters of one value: what a peer calls itself must not fill the disk."""


def set_up_log(level: int = logging.INFO, journal: Processor | None = None) -> None:
    """Send structlog's events of `level` and above to standard error and through `journal`."""
    _KEEPER.journal = journal
    as_json = os.environ.get("LOG_FORMAT") == "json"
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            disarm,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S.%f", utc=False),
            structlog.processors.format_exc_info,
            _KEEPER,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.getLogger().addHandler(_FROM_LIBRARIES)


class _Keeper:
    """Passes events on to the journal of the moment: loggers keep their processors for good."""

    def __init__(self) -> None:
        self.journal: Processor | None = None

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        if self.journal is not None:
            self.journal(logger, method, event)
        event.pop(KIND, None)
        return event


_KEEPER: Final = _Keeper()


class _FromLibraries(logging.Handler):
    """Takes what is logged by way of Python's `logging`, as uvicorn and asyncio do."""

    def emit(self, record: logging.LogRecord) -> None:
        level = min(record.levelno // 10 * 10, logging.CRITICAL)
        structlog.get_logger().log(
            level, record.getMessage(), library=record.name, exc_info=record.exc_info
        )


_FROM_LIBRARIES: Final = _FromLibraries(level=logging.WARNING)


def disarm(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Make every text fit for a terminal and one line: much of it comes from strangers.

    A control character becomes its escape, and what is too long is cut.
    """
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = printable(shortened(value))
    return event


def shortened(text: str) -> str:
    """A text of strangers, cut if it is too long to be kept, and fit for a file or JSON."""
    text = text if text.isascii() else text.encode("utf-8", "replace").decode()
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
