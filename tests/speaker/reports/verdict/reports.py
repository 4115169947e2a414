"""Reports on calls as they may be, for tests of what is made of them."""

from __future__ import annotations

from dataclasses import replace

from media.engine.stream_sound import StreamSound
from media.mixing.level import Level
from media.stream.statistics import StreamStatistics
from speaker.reports.call_report import Agreed, CallEnd, CallReport, EndedBy, Way

THEIRS = ("192.168.1.30", 40000)
OURS = ("192.168.1.20", 4000)


def level(peak_dbfs: float, *, clipped: float = 0.0) -> Level:
    return Level(
        rms_dbfs=peak_dbfs - 12, peak_dbfs=peak_dbfs, clipped_fraction=clipped, seconds=10.0
    )


WELL = CallReport(
    number=7,
    call="1",
    began="2026-11-27T12:59:04+01:00",
    way=Way.INCOMING,
    account="desk",
    peer="sip:desk@192.168.1.30",
    answered=True,
    lasted_s=10.0,
    end=CallEnd(by=EndedBy.REMOTE, code=200),
    agreed=Agreed(
        codec="PCMU",
        direction="sendrecv",
        encryption="none",
        ptime_ms=20,
        keys_by_rtp=True,
        stated=THEIRS,
    ),
    here=OURS,
    signalled_from=THEIRS[0],
    packets=StreamStatistics(
        packets_received=500,
        packets_sent=500,
        remote_fraction_lost=0.0,
        remote_packets_lost=0,
        heard_from=THEIRS,
        sent_to=THEIRS,
    ),
    sound=StreamSound(
        open_s=10.0,
        received=level(-12),
        microphone=level(-15),
        sent=level(-15),
        played=level(-12),
    ),
)
"""Sound went both ways for ten seconds."""


def like_well(
    packets: dict[str, object] | None = None,
    sound: dict[str, object] | None = None,
    agreed: dict[str, object] | None = None,
    **changes: object,
) -> CallReport:
    """The good call with something changed."""
    assert WELL.agreed is not None
    changed: dict[str, object] = {
        "packets": replace(WELL.packets, **(packets or {})),  # type: ignore[arg-type]
        "sound": replace(WELL.sound, **(sound or {})),  # type: ignore[arg-type]
        "agreed": replace(WELL.agreed, **(agreed or {})),  # type: ignore[arg-type]
    }
    return replace(WELL, **(changed | changes))  # type: ignore[arg-type]
