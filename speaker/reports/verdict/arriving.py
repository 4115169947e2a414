"""Rules about what comes from the other side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speaker.reports.call_report import Way
from speaker.reports.verdict.facts import (
    LOSS_HEARD,
    QUIET_DBFS,
    SILENT_DBFS,
    expected,
    flows,
    is_private,
    is_public,
    lacks_keys,
    place,
    receives_sound,
    stated,
)

if TYPE_CHECKING:
    from speaker.reports.call_report import CallReport

SECOND_SENDER: Final = 0.5
"""Beside what was heard, so much of what was turned away is a stream like it."""
UNDECRYPTED: Final = 0.05
"""Share of the packets that may fail to be decrypted: doubles, or somebody's bad joke."""


def keys_differ(report: CallReport) -> str | None:
    """Packets that the key of the other side does not fit."""
    strange = report.packets.packets_unauthentic
    if strange <= UNDECRYPTED * report.packets.packets_received or not expected(report):
        return None
    if not flows(report, strange):
        return None
    return (
        f"packets cannot be decrypted ({strange} of them): the other side uses another key than it"
        " told, or something on the way changed the packets or the keys"
    )


def wrong_source(report: CallReport) -> str | None:
    """Two sent at once, and it is not sure that the right one was heard.

    The first that sends is heard, wherever it is, and what comes from the announced address always
    is: so the one that was turned away was not announced either.
    """
    packets = report.packets
    heard, foreign = packets.heard_from, packets.packets_foreign
    if heard is None or report.agreed is None or heard == report.agreed.stated:
        return None
    if not receives_sound(report) or foreign < SECOND_SENDER * packets.packets_received:
        return None
    return (
        f"two sent sound at once, neither from the address in the other side's description"
        f" ({stated(report)}): {place(heard)} was heard, {place(packets.foreign_source)} was turned"
        " away, and may be the right one"
    )


def wrong_codec(report: CallReport) -> str | None:
    """All that came has a format that was not agreed."""
    packets = report.packets
    if packets.packets_received or not expected(report):
        return None
    if not flows(report, packets.packets_of_unknown_type):
        return None
    if report.agreed is None:
        return "packets arrive, but in another codec than `multicast.codec`"
    codec = report.agreed.codec
    return f"packets arrive, but in another codec than {codec}, which both sides agreed on"


def loop(report: CallReport) -> str | None:
    """All that came is what was sent."""
    packets = report.packets
    if packets.packets_received or not expected(report):
        return None
    if not flows(report, packets.packets_looped):
        return None
    return "the speaker's own packets come back to it: something on the way sends them in a circle"


def no_rtp(report: CallReport) -> str | None:
    """All that came is no RTP."""
    packets = report.packets
    if packets.packets_received or not expected(report):
        return None
    if not flows(report, packets.packets_malformed):
        return None
    return "something arrives, but it is no sound (no RTP): another program sends to this port"


def nothing_arrives(report: CallReport) -> str | None:
    """Nothing came at all."""
    packets = report.packets
    others = (keys_differ, wrong_codec, loop, no_rtp)
    if packets.packets_received or not expected(report) or report.way is Way.PAGE:
        return None
    if lacks_keys(report) or any(explain(report) is not None for explain in others):
        return None
    return f"no packets arrive although they were agreed: {_why_nothing(report)}"


def _why_nothing(report: CallReport) -> str:
    here = f"{report.here[0]} (UDP port {report.here[1]})" if report.here else "this speaker"
    if report.here and is_private(report.here[0]) and is_public(report.signalled_from):
        return (
            f"the speaker told the other side its private address {here}, which cannot be reached"
            " from the internet; let the PBX relay the sound, or open a way for it in the router"
        )
    named = report.agreed.stated[0] if report.agreed else ""
    if is_private(named) and is_public(report.signalled_from):
        return (
            f"the other side told a private address ({stated(report)}) and is behind a router"
            f" that lets no sound out to {here}; let the PBX relay the sound"
        )
    return (
        f"a firewall or router drops them on the way to {here}, or the other side sends them to"
        " another address, or it sends none"
    )


def fell_silent(report: CallReport) -> str | None:
    """Something came, and then no more until the speaker gave up."""
    if not report.silent_at_end_s or not report.packets.packets_received:
        return None
    return (
        f"packets stopped after a while: nothing had come for {report.silent_at_end_s:.0f} s when"
        " the speaker hung up; the phone lost its network, or a router forgot the connection"
    )


def lost(report: CallReport) -> str | None:
    """Too much was lost on the way here."""
    share = _lost_share(report)
    if share < LOSS_HEARD:
        return None
    return f"{share:.0%} of the packets to the speaker were lost on the way: the network is too bad"


def late(report: CallReport) -> str | None:
    """Too much came after its time."""
    packets = report.packets
    share = packets.packets_late / max(packets.packets_received, 1)
    if share < LOSS_HEARD:
        return None
    return (
        f"{share:.0%} of the packets to the speaker came too late to be played (jitter"
        f" {packets.jitter_ms:.0f} ms): the network delays them unevenly"
    )


def silent_peer(report: CallReport) -> str | None:
    """What came holds no sound."""
    if not receives_sound(report) or report.sound.received.peak_dbfs >= SILENT_DBFS:
        return None
    return "packets arrive but are silent: the other side's microphone is muted or broken"


def quiet_peer(report: CallReport) -> str | None:
    """What came is hard to hear."""
    peak = report.sound.received.peak_dbfs
    if not receives_sound(report) or not SILENT_DBFS <= peak < QUIET_DBFS:
        return None
    return f"the other side is very quiet (at most {peak:.0f} dB of full scale)"


def _lost_share(report: CallReport) -> float:
    packets = report.packets
    return packets.packets_lost / max(packets.packets_lost + packets.packets_received, 1)
