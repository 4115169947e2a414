"""What the rules ask of a report."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from media.sdp.agreement import BY_DTLS
from speaker.reports.call_report import Way

if TYPE_CHECKING:
    from speaker.reports.call_report import CallReport

LONG_ENOUGH_S: Final = 1.0
"""An open call that is shorter tells nothing of sound that did not come."""
SILENT_DBFS: Final = -60.0
"""A peak below this is no sound: rooms, lines and cards have more noise than that."""
QUIET_DBFS: Final = -40.0
"""A peak below this is not understood: people speak at -20 to -6."""
DAMPED_DB: Final = 25.0
"""What gains take away before they are suspected."""
MOST: Final = 0.9
"""Share of the time that counts as all of it."""
FLOW_PER_S: Final = 1.0
"""What comes less often is no stream: a stray packet, a probe, something that was meant for the
call before."""
LOSS_HEARD: Final = 0.03
"""Share of lost or late packets that people notice in spite of concealment."""


def open_long(report: CallReport) -> bool:
    """Whether the call was open for so long that sound ought to have flowed."""
    return report.sound.open_s >= LONG_ENOUGH_S


def expected(report: CallReport) -> bool:
    """Whether packets ought to have come."""
    is_to_come = report.way is Way.PAGE or _direction(report) in ("sendrecv", "recvonly")
    return open_long(report) and is_to_come


def lacks_keys(report: CallReport) -> bool:
    """Whether nothing could flow, as a handshake for keys did not come to its end."""
    agreed, packets = report.agreed, report.packets
    if agreed is None or agreed.encryption != BY_DTLS or not report.answered:
        return False
    return not packets.packets_sent and not packets.packets_received


def flows(report: CallReport, packets: int) -> bool:
    """Whether so many packets are a stream of something, rather than a few strays."""
    return packets >= max(FLOW_PER_S * report.sound.open_s, 3.0)


def receives_sound(report: CallReport) -> bool:
    """Whether packets ought to have come, and came."""
    return expected(report) and report.packets.packets_received > 0


def sends(report: CallReport) -> bool:
    """Whether sound ought to have been sent."""
    return open_long(report) and _direction(report) in ("sendrecv", "sendonly")


def has_microphone(report: CallReport) -> bool:
    """Whether there is a microphone that was to be heard."""
    return sends(report) and not is_missing(report.equipment.microphone)


def is_missing(device: str) -> bool:
    """Whether a sound URI stands for no device."""
    return device == "null"


def device_lost(report: CallReport, role: str, what: str) -> str | None:
    """The finding that the device of a role (`input`, `output`) was lost."""
    for device in report.lost_devices:
        name, _, why = device.partition(": ")
        if name == role:
            return f"{what} was lost ({why})"
    return None


def place(where: tuple[str, int] | None) -> str:
    """An address in words."""
    return "nowhere" if where is None else f"{where[0]} port {where[1]}"


def stated(report: CallReport) -> str:
    """Where the other side's description wants its sound, in words."""
    return place(report.agreed.stated if report.agreed else None)


def is_private(host: str) -> bool:
    """Whether an address is of no use outside of its own network."""
    address = _address(host)
    return address is not None and address.is_private


def is_public(host: str) -> bool:
    """Whether an address is reached from everywhere."""
    address = _address(host)
    return address is not None and address.is_global


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _direction(report: CallReport) -> str:
    return report.agreed.direction if report.agreed else "inactive"
