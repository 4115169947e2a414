"""What the sound engine has to tell of itself and of its devices, for the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from media.echo.canceller import LONGEST_DELAY_S
from media.engine.events import (
    CommandRefused,
    DeviceBack,
    DeviceLost,
    EchoTooLate,
    PartFailed,
    StreamStopped,
    Underrun,
)

if TYPE_CHECKING:
    from media.engine.events import EngineEvent
    from media.stream.statistics import StreamStatistics

log = structlog.get_logger(__name__)


def log_sound(event: EngineEvent) -> None:
    """Tell an installer."""
    match event:
        case StreamStopped(stream, statistics):
            log.info("sound ends", stream=stream, **_report(statistics))
        case Underrun(count):
            log.warning("the loudspeaker ran out of sound: this machine is too busy", times=count)
        case DeviceLost(device, why):
            log.error("no sound there until the device is back", device=device, why=why)
        case EchoTooLate(output_s, input_s):
            log.warning(
                "the sound devices hold sound back for longer than an echo is looked for: callers"
                " may hear themselves; use a card directly in place of a sound server, or by wire",
                output_ms=round(1e3 * output_s),
                input_ms=round(1e3 * input_s),
                most_ms=round(1e3 * LONGEST_DELAY_S),
            )
        case DeviceBack(device):
            log.info("sound device is back", device=device)
        case CommandRefused(command, why):
            log.error("the sound engine refuses", command=command, why=why)
        case PartFailed(part, fault):
            log.error("a fault of this program; all other sound goes on", part=part, exc_info=fault)
        case _:
            pass


def _report(statistics: StreamStatistics) -> dict[str, int | float]:
    """What of a stream's figures tells an installer how it went."""
    told = {
        "mos": statistics.mos,
        "mos_there": statistics.remote_mos,
        "round_trip_ms": statistics.round_trip_ms,
    }
    known = {name: round(value, 1) for name, value in told.items() if value is not None}
    return known | {
        "received": statistics.packets_received,
        "sent": statistics.packets_sent,
        "lost": statistics.packets_lost,
        "late": statistics.packets_late,
        "concealed_ms": statistics.concealed_ms,
        "stretched_ms": statistics.stretched_ms,
        "shortened_ms": statistics.shortened_ms,
        "jitter_ms": round(statistics.jitter_ms, 1),
        "delay_ms": round(statistics.playout_delay_ms),
    }
