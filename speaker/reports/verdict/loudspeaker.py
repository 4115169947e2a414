"""Rules about the loudspeaker, and the machine that feeds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speaker.reports.verdict.facts import (
    DAMPED_DB,
    LONG_ENOUGH_S,
    MOST,
    QUIET_DBFS,
    device_lost,
    is_missing,
    open_long,
    receives_sound,
)

if TYPE_CHECKING:
    from speaker.reports.call_report import CallReport

UNDERRUNS_PER_S: Final = 0.1
"""One in ten seconds is heard as a click that nobody minds; more is a fault."""


def fault(report: CallReport) -> str | None:
    """The program itself failed."""
    if not report.fault:
        return None
    return (
        f"the speaker's program has a fault, which ended the sound of this call ({report.fault});"
        " its log tells where: please report it"
    )


def output_lost(report: CallReport) -> str | None:
    """The card of the loudspeaker was away."""
    return device_lost(report, "output", "the loudspeaker's sound device")


def displaced(report: CallReport) -> str | None:
    """Something of higher priority had the loudspeaker."""
    seconds = report.sound.displaced_s
    if seconds < LONG_ENOUGH_S / 2:
        return None
    return (
        f"for {seconds:.0f} s of the call something more important had the loudspeaker: a page or"
        " an announcement"
    )


def loudspeaker_muted(report: CallReport) -> str | None:
    """A setting kept the loudspeaker silent."""
    sound = report.sound
    if is_missing(report.equipment.loudspeaker) or not open_long(report):
        return None
    if sound.loudspeaker_muted_s < MOST * sound.open_s:
        return None
    return "the loudspeaker is muted (`audio.output_muted`)"


def loudspeaker_quiet(report: CallReport) -> str | None:
    """Sound came, and hardly anything of it was played."""
    sound = report.sound
    received, played = sound.received.peak_dbfs, sound.played.peak_dbfs
    if not receives_sound(report) or received < QUIET_DBFS or loudspeaker_muted(report):
        return None
    if sound.displaced_s > MOST * sound.open_s or played > received - DAMPED_DB:
        return None
    return (
        f"the loudspeaker is turned down by {received - played:.0f} dB: look at"
        " `audio.output_gain_db`"
    )


def cannot_keep_up(report: CallReport) -> str | None:
    """The machine was too busy to play without breaks."""
    if _breaks(report) <= max(UNDERRUNS_PER_S * report.sound.open_s, 1):
        return None
    return _breaks_in_words(report)


def some_breaks(report: CallReport) -> str | None:
    """A break now and then."""
    if not _breaks(report) or cannot_keep_up(report) is not None:
        return None
    return _breaks_in_words(report)


def _breaks(report: CallReport) -> int:
    return report.sound.underruns + report.sound.skipped_ticks


def _breaks_in_words(report: CallReport) -> str:
    sound = report.sound
    return (
        f"this machine could not keep up: the loudspeaker ran out of sound {sound.underruns} times,"
        f" and {sound.skipped_ticks * 10} ms were left out"
    )
