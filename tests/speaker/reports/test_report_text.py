"""What people see of reports."""

from __future__ import annotations

from dataclasses import replace

from media.sdp.codec_choice import CHOSEN, CodecFate
from speaker.reports.call_report import CallEnd, CallReport, Descriptions, EndedBy, Way
from speaker.reports.report_text import HEADINGS, table, whole
from speaker.reports.verdict.table import judged
from tests.speaker.reports.verdict.reports import WELL, level, like_well

BUSY = judged(
    replace(
        WELL,
        number=8,
        way=Way.OUTGOING,
        answered=False,
        agreed=None,
        end=CallEnd(by=EndedBy.REMOTE, code=486, why="Busy Here"),
    )
)
SILENT = judged(
    like_well(
        {
            "packets_received": 0,
            "heard_from": None,
            "packets_sent": 0,
            "packets_foreign": 7,
            "reports_refused": 2,
            "events_refused": 3,
        },
        {"microphone": level(-100)},
        codecs=(CodecFate("PCMU/8000", CHOSEN), CodecFate("G729/8000", "unknown here")),
        descriptions=Descriptions(offer="v=0\ns=phone", answer="v=0\ns=speaker"),
        keys=2,
    )
)


def page_of(report: CallReport) -> str:
    return "\n".join(whole(report))


def test_the_table_has_a_line_for_each_call() -> None:
    heading, well, busy = table([judged(WELL), BUSY], width=None)
    assert heading.split() == list(HEADINGS)
    assert well.split(maxsplit=7) == [
        "7", "11-27", "12:59:04", "in", "desk@192.168.1.30", "0:10", "PCMU", "all well",
    ]  # fmt: skip
    assert busy.split(maxsplit=7)[3:] == [
        "out", "desk@192.168.1.30", "-", "-", "not answered: busy (486 Busy Here)",
    ]  # fmt: skip


def test_a_long_verdict_goes_on_below_itself() -> None:
    lines = list(table([SILENT], width=100))
    column = lines[0].index("verdict")
    assert len(lines) > 2
    assert all(len(line) <= 100 for line in lines)
    assert all(line[:column].strip() == "" for line in lines[2:])
    joined = " ".join(line[column:] for line in lines[1:])
    assert joined == SILENT.verdict


def test_a_whole_report_tells_everything() -> None:
    page = page_of(SILENT)
    for words in (
        "Call 7: call from sip:desk@192.168.1.30",
        "began       2026-11-27 12:59:04 +0100",
        "ended by    the other side, which hung up",
        "turned away 7 from others, 5 too many at once",
        "they named  192.168.1.30 port 40000",
        "came from   nowhere",
        "keys        2 pressed",
        "codecs      PCMU/8000: chosen",
        "G729/8000: unknown here",
        "Offer (the other side's)\n  v=0\n  s=phone",
        "Answer (the speaker's)\n  v=0\n  s=speaker",
    ):
        assert words in page
    assert SILENT.verdict in page.replace("\n    ", " ")
    for other in SILENT.findings[1:]:
        assert other.words in page.replace("\n    ", " ")
    assert any(line.split() == ["microphone,", "before", "its", "gain", "silent", "silent"]
               for line in page.splitlines())  # fmt: skip


def test_a_call_without_sound_has_no_figures_of_it() -> None:
    page = page_of(replace(BUSY, sound=type(BUSY.sound)()))
    assert "Packets" not in page
    assert "ended by    the other side: 486 Busy Here" in page
    assert "answered    no" in page


def test_a_report_without_a_verdict_has_its_line_too() -> None:
    """As of a file that another version has written."""
    assert len(list(table([replace(WELL, verdict="")], width=80))) == 2


def test_what_time_scaling_did_is_told() -> None:
    page = page_of(judged(like_well({"stretched_ms": 80, "shortened_ms": 60})))
    assert "0 ms made up, 80 ms longer and 60 ms shorter by time-scaling" in page
