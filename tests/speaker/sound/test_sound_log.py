"""What the log tells of the sound engine."""

from __future__ import annotations

from structlog.testing import capture_logs

from media.engine.events import PartFailed
from speaker.sound.sound_log import log_sound


def test_a_fault_is_one_line_with_its_trace() -> None:
    fault = ValueError("no such frame")
    with capture_logs() as lines:
        log_sound(PartFailed("stream call/1", fault))
    (line,) = lines
    assert line["log_level"] == "error"
    assert (line["part"], line["exc_info"]) == ("stream call/1", fault)
