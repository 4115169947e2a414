"""Rules about what is no fault, but of use when looking for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speaker.reports.call_report import Way
from speaker.reports.verdict.arriving import wrong_codec, wrong_source
from speaker.reports.verdict.facts import is_missing, place, stated

if TYPE_CHECKING:
    from speaker.reports.call_report import CallReport


def other_address(report: CallReport) -> str | None:
    """Sound comes from elsewhere than announced, and is taken."""
    heard, agreed = report.packets.heard_from, report.agreed
    if heard is None or agreed is None or report.way is Way.PAGE or heard == agreed.stated:
        return None
    if wrong_source(report) is not None:
        return None
    return (
        f"packets arrive from another address ({place(heard)}) than the other side's description"
        f" names ({stated(report)}): there is a router or relay on the way, and sound goes back to"
        " where it comes from"
    )


def others_sent_too(report: CallReport) -> str | None:
    """Beside the peer somebody else sent."""
    sound, control = report.packets.packets_foreign, report.packets.control_foreign
    if wrong_source(report) is not None:
        sound = 0
    if not sound and not control:
        return None
    return f"{sound + control} packets of somebody else were turned away"


def other_formats_too(report: CallReport) -> str | None:
    """Beside the sound something else came."""
    packets = report.packets
    if not packets.packets_of_unknown_type or wrong_codec(report) is not None:
        return None
    return f"{packets.packets_of_unknown_type} packets had a format that was not agreed"


def no_loudspeaker(report: CallReport) -> str | None:
    """There is no loudspeaker."""
    missing = is_missing(report.equipment.loudspeaker) and report.answered
    return "this speaker has no loudspeaker (`--output null`): nobody hears it" if missing else None


def no_microphone(report: CallReport) -> str | None:
    """There is no microphone."""
    if not is_missing(report.equipment.microphone) or not report.answered:
        return None
    if report.way is Way.PAGE:
        return None
    return "this speaker has no microphone (`--input null`): the other side hears silence"
