"""Rules about the microphone, and what goes to the other side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from media.echo.canceller import LONGEST_DELAY_S
from speaker.reports.verdict.facts import (
    DAMPED_DB,
    LOSS_HEARD,
    MOST,
    QUIET_DBFS,
    SILENT_DBFS,
    device_lost,
    has_microphone,
    lacks_keys,
    place,
    sends,
    stated,
)

if TYPE_CHECKING:
    from speaker.reports.call_report import CallReport

CLIPPED: Final = 0.005
"""Share of the time that counts as clipping: a word now and then."""
ALMOST_ALL: Final = 0.99
DEAF_REPORTS: Final = 2
"""In a row: one may have crossed the beginning, or a change of the way."""


def nothing_sent(report: CallReport) -> str | None:
    """Not one packet left."""
    if not sends(report) or report.packets.packets_sent or lacks_keys(report):
        return None
    return f"no sound was sent: there is no way from here to {stated(report)}"


def nothing_reaches_them(report: CallReport) -> str | None:
    """The other side says that it gets none of what was sent."""
    packets = report.packets
    if not sends(report) or not packets.packets_sent:
        return None
    is_deaf = packets.remote_deaf_reports >= DEAF_REPORTS
    if not is_deaf and (packets.remote_fraction_lost or 0.0) <= ALMOST_ALL:
        return None
    since = "" if packets.remote_fraction_lost is None else " any more"
    return (
        f"the other side reports that nothing arrives{since} of the {packets.packets_sent} packets"
        f" that were sent to {place(packets.sent_to)}: a firewall or router is in between"
    )


def lost_there(report: CallReport) -> str | None:
    """The other side says that it misses too much of what was sent."""
    packets = report.packets
    if not sends(report) or nothing_reaches_them(report) or not packets.packets_sent:
        return None
    share = max((packets.remote_packets_lost or 0) / packets.packets_sent, 0)
    share = max(share, packets.remote_fraction_lost or 0)
    if share < LOSS_HEARD:
        return None
    return f"the other side reports that {share:.0%} of the packets from the speaker were lost"


def input_lost(report: CallReport) -> str | None:
    """The card of the microphone was away."""
    return device_lost(report, "input", "the microphone's sound device")


def echo_late(report: CallReport) -> str | None:
    """The echo comes when nobody looks for it any more."""
    delay_s = report.sound.echo_delay_s
    if not has_microphone(report) or delay_s <= LONGEST_DELAY_S:
        return None
    return (
        f"the sound devices hold sound back for {delay_s * 1000:.0f} ms, and an echo is found up to"
        f" {LONGEST_DELAY_S * 1000:.0f} ms: the other side may hear itself; use a card directly"
        " (`speaker devices` lists them) in place of a sound server, and a wired loudspeaker"
    )


def microphone_muted(report: CallReport) -> str | None:
    """A setting kept the microphone silent."""
    sound = report.sound
    if not has_microphone(report) or sound.microphone_muted_s < MOST * sound.open_s:
        return None
    return "the microphone is muted by a setting (`audio.input_muted`, `audio.input_enabled`)"


def microphone_silent(report: CallReport) -> str | None:
    """There is no sound in the microphone."""
    if not has_microphone(report) or input_lost(report):
        return None
    if report.sound.microphone.peak_dbfs >= SILENT_DBFS:
        return None
    return (
        "the microphone is silent: it is not plugged in, switched off, muted in the system's mixer,"
        " or another sound device is set"
    )


def microphone_quiet(report: CallReport) -> str | None:
    """What was sent is hard to hear.

    Not where the microphone was loud and nothing turned it down: it heard the loudspeaker, and
    that was taken out.
    """
    sound = report.sound
    if not has_microphone(report) or microphone_muted(report) or microphone_silent(report):
        return None
    if not sound.sent.seconds or sound.sent.peak_dbfs >= QUIET_DBFS:
        return None
    damped_db = -report.equipment.input_gain_db
    if damped_db > DAMPED_DB:
        return f"the microphone is turned down by {damped_db:.0f} dB: look at `audio.input_gain_db`"
    if sound.microphone.peak_dbfs >= QUIET_DBFS:
        return None
    return (
        f"the microphone is very quiet (at most {sound.microphone.peak_dbfs:.0f} dB of full scale):"
        " raise it in the system's mixer or by `audio.input_gain_db`"
    )


def microphone_clips(report: CallReport) -> str | None:
    """The microphone, or its gain, is too loud."""
    sound = report.sound
    if not has_microphone(report):
        return None
    if sound.microphone.clipped_fraction > CLIPPED:
        share = sound.microphone.clipped_fraction
        return f"the microphone clips ({share:.0%} of the time): lower it in the system's mixer"
    if sound.sent.clipped_fraction > CLIPPED:
        share = sound.sent.clipped_fraction
        return f"the microphone clips ({share:.0%} of the time): lower `audio.input_gain_db`"
    return None
