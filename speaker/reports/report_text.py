"""Reports on calls as people read them: the last ones as a table, one of them whole."""

from __future__ import annotations

import textwrap
from datetime import datetime
from typing import TYPE_CHECKING, Final

from media.mixing.level import SILENCE_DBFS
from speaker.reports.call_report import CallReport, EndedBy, Severity, Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from media.mixing.level import Level

WAYS: Final = {Way.INCOMING: "in", Way.OUTGOING: "out", Way.PAGE: "page"}
HEADINGS: Final = ("no.", "began", "way", "with", "length", "codec", "verdict")
NARROWEST_VERDICT: Final = 30
LONGEST_PEER: Final = 36

SEVERITIES: Final = {
    Severity.FAULT: "fault",
    Severity.DOUBT: "unless it was meant so",
    Severity.NOTE: "to know",
}
DIRECTIONS: Final = {
    "sendrecv": "both directions",
    "sendonly": "from the speaker only",
    "recvonly": "to the speaker only",
    "inactive": "no direction (hold)",
}


def table(reports: Sequence[CallReport], *, width: int | None) -> Iterable[str]:
    """A line for each report, and more where the verdict is longer than `width` leaves room for.

    None: lines may be as long as they like.
    """
    rows = [_row(report) for report in reports]
    cells = [HEADINGS[:-1], *(row[:-1] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS) - 1)]
    indent = sum(widths) + 2 * len(widths)
    room = None if width is None else max(width - indent, NARROWEST_VERDICT)
    for row in (HEADINGS, *rows):
        start = "".join(f"{cell:<{wide}}  " for cell, wide in zip(row[:-1], widths, strict=True))
        lines = (textwrap.wrap(row[-1], room) if room else []) or [row[-1]]
        yield start + lines[0]
        yield from (" " * indent + line for line in lines[1:])


def _row(report: CallReport) -> tuple[str, ...]:
    return (
        str(report.number),
        datetime.fromisoformat(report.began).strftime("%m-%d %H:%M:%S"),
        WAYS[report.way],
        _shortened(report.peer),
        _length(report.lasted_s) if report.answered else "-",
        report.agreed.codec if report.agreed else "-",
        report.verdict,
    )


def _shortened(peer: str) -> str:
    short = peer.removeprefix("sip:").removeprefix("sips:")
    return short if len(short) <= LONGEST_PEER else f"{short[: LONGEST_PEER - 1]}…"


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def whole(report: CallReport) -> Iterable[str]:
    """Everything that a report tells, line by line."""
    yield from _course(report)
    yield from _findings(report)
    yield from _sound(report)
    yield from _packets(report)
    yield from _network(report)
    yield from _agreement(report)
    yield from _descriptions(report)


def _course(report: CallReport) -> Iterable[str]:
    words = {Way.INCOMING: "call from", Way.OUTGOING: "call to", Way.PAGE: "page by"}
    caller = f' "{report.caller}"' if report.caller else ""
    yield f"Call {report.number}: {words[report.way]}{caller} {report.peer}"
    began = datetime.fromisoformat(report.began).strftime("%Y-%m-%d %H:%M:%S %z")
    yield _item("began", began)
    if report.account:
        yield _item("account", report.account)
    if report.way is not Way.PAGE:
        ringing = f"after {report.rang_s:.1f} s"
        yield _item("answered", ringing if report.answered else f"no; ended {ringing}")
    if report.answered:
        yield _item("lasted", f"{report.lasted_s:.1f} s")
    if report.way is not Way.PAGE:
        yield _item("ended by", f"the {report.end.by.value}{_why(report)}")


def _why(report: CallReport) -> str:
    end = report.end
    if end.by is EndedBy.REMOTE and report.answered and end.code in (0, 200):
        return f", which hung up{f' ({end.why})' if end.why else ''}"
    words = f"{end.code or ''} {end.why}".strip()
    return f": {words}" if words else ""


def _findings(report: CallReport) -> Iterable[str]:
    yield ""
    yield "Verdict"
    yield from _wrapped(report.verdict)
    others = [each for each in report.findings if each.words != report.verdict]
    if others:
        yield ""
        yield "Also"
    for each in others:
        yield from _wrapped(f"{SEVERITIES[each.severity]}: {each.words}")


def _sound(report: CallReport) -> Iterable[str]:
    sound = report.sound
    if not sound.open_s:
        return
    yield ""
    yield "How loud (dB of full scale)   average    peak"
    yield _level("from the other side", sound.received, "nothing came")
    yield _level("loudspeaker, after its gain", sound.played)
    if report.way is not Way.PAGE:
        yield _level("microphone, before its gain", sound.microphone)
        yield _level("to the other side", sound.sent, "nothing was sent")
    muted_s = 0.0 if report.way is Way.PAGE else sound.microphone_muted_s
    for what, seconds in (
        ("loudspeaker muted for", sound.loudspeaker_muted_s),
        ("microphone muted for", muted_s),
        ("displaced for", sound.displaced_s),
    ):
        if seconds:
            yield f"  {what} {seconds:.1f} s"
    if sound.underruns or sound.skipped_ticks:
        yield f"  underruns {sound.underruns}, left out {sound.skipped_ticks * 10} ms"
    if sound.echo_delay_s:
        yield f"  held back by the sound devices {sound.echo_delay_s * 1000:.0f} ms"
    yield from (f"  lost {each}" for each in report.lost_devices)


def _level(name: str, level: Level, none: str = "-") -> str:
    start = f"  {name:<27}"
    if not level.seconds:
        return f"{start}   {none}"
    if level.peak_dbfs <= SILENCE_DBFS:
        return f"{start}{'silent':>8}{'silent':>8}"
    clipped = f"   clips {level.clipped_fraction:.1%} of the time" if level.clipped_fraction else ""
    return f"{start}{level.rms_dbfs:8.0f}{level.peak_dbfs:8.0f}{clipped}"


def _packets(report: CallReport) -> Iterable[str]:
    packets = report.packets
    if not report.sound.open_s:
        return
    yield ""
    yield "Packets"
    yield _item(
        "received",
        f"{packets.packets_received} ({packets.octets_received} octets), {packets.packets_lost}"
        f" lost, {packets.packets_late} late, {packets.packets_reordered} out of order,"
        f" {packets.packets_doubled} doubled",
    )
    yield _item(
        "",
        f"jitter {packets.jitter_ms:.1f} ms, played {packets.playout_delay_ms:.0f} ms after"
        f" arrival, {packets.concealed_ms} ms made up, {packets.stretched_ms} ms longer and"
        f" {packets.shortened_ms} ms shorter by time-scaling",
    )
    strange = {
        "from others": packets.packets_foreign,
        "reports of others": packets.control_foreign,
        "of other formats": packets.packets_of_unknown_type,
        "before there were keys": packets.packets_before_keys,
        "not decrypted": packets.packets_unauthentic,
        "unreadable": packets.packets_malformed,
        "too many at once": packets.reports_refused + packets.events_refused,
    }
    if any(strange.values()):
        words = ", ".join(f"{count} {what}" for what, count in strange.items() if count)
        yield _item("turned away", words)
    if report.way is Way.PAGE:
        return
    yield _item("sent", f"{packets.packets_sent} ({packets.octets_sent} octets)")
    yield _item("they report", _their_report(report))
    if packets.mos is not None:
        there = "" if packets.remote_mos is None else f"; they say {packets.remote_mos:.1f} there"
        yield _item("quality", f"{packets.mos:.1f} of 4.5 here (MOS, estimated){there}")


def _their_report(report: CallReport) -> str:
    packets = report.packets
    if packets.remote_fraction_lost is None:
        return "nothing (no RTCP)"
    words = f"{packets.remote_packets_lost} lost, jitter {packets.remote_jitter_ms or 0:.1f} ms"
    if packets.round_trip_ms is not None:
        words += f", round trip {packets.round_trip_ms:.0f} ms"
    return words


def _network(report: CallReport) -> Iterable[str]:
    packets = report.packets
    yield ""
    yield "Addresses"
    if report.here:
        yield _item("group" if report.way is Way.PAGE else "speaker", _place(report.here))
    if report.agreed:
        yield _item("they named", _place(report.agreed.stated))
    if report.sound.open_s:
        yield _item("came from", _place(packets.heard_from))
        if report.way is not Way.PAGE:
            yield _item("sent to", _place(packets.sent_to))
    others = packets.foreign_source or packets.control_foreign_source
    if others:
        yield _item("others", _place(others))
    if report.signalled_from:
        yield _item("SIP", report.signalled_from)


def _place(place: tuple[str, int] | None) -> str:
    return "nowhere" if place is None else f"{place[0]} port {place[1]}"


def _agreement(report: CallReport) -> Iterable[str]:
    agreed = report.agreed
    if agreed or report.codecs:
        yield ""
        yield "Agreed" if agreed else "Codecs"
    if agreed:
        direction = DIRECTIONS.get(agreed.direction, agreed.direction)
        yield _item("sound", f"{agreed.codec}, {agreed.ptime_ms} ms a packet, {direction}")
        yield _item("encryption", agreed.encryption)
        by_rtp = "" if agreed.keys_by_rtp else "; the other side has no keys by RTP"
        yield _item("keys", f"{report.keys} pressed{by_rtp}")
    for number, each in enumerate(report.codecs):
        yield _item("" if number else "codecs", f"{each.name}: {each.fate}")


def _descriptions(report: CallReport) -> Iterable[str]:
    descriptions = report.descriptions
    ours, theirs = "the speaker's", "the other side's"
    offerer, answerer = (ours, theirs) if descriptions.offered_here else (theirs, ours)
    for what, whose, text in (
        ("Offer", offerer, descriptions.offer),
        ("Answer", answerer, descriptions.answer),
    ):
        if text:
            yield ""
            yield f"{what} ({whose})"
            yield from (f"  {line}" for line in text.split("\n"))


def _item(name: str, words: str) -> str:
    return f"  {name:<12}{words}"


def _wrapped(words: str) -> list[str]:
    return textwrap.wrap(words, 98, initial_indent="  ", subsequent_indent="    ")
